using System.Text;

namespace Exchange.Transparency.Tests;

public sealed class ReceiptSignatureTests
{
    [Fact]
    public void A_receipt_covers_type_position_and_leaf() =>
        Assert.Equal("exchange/receipt/v1\n17\n{\"v\":1}", Encoding.UTF8.GetString(ReceiptSignature.ToBeSigned(17, "{\"v\":1}"u8)));
}
