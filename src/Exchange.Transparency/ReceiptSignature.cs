using System.Globalization;
using System.Text;

namespace Exchange.Transparency;

/// <summary>What the signature of a receipt of before logs had checkpoints covers: stored answers still carry such receipts.</summary>
public static class ReceiptSignature
{
    /// <summary><c>exchange/receipt/v1\n</c>, the decimal position, <c>\n</c>, the leaf.</summary>
    public static byte[] ToBeSigned(long seq, ReadOnlySpan<byte> leaf)
    {
        var prefix = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"exchange/receipt/v1\n{seq}\n"));
        var bytes = new byte[prefix.Length + leaf.Length];
        prefix.CopyTo(bytes, 0);
        leaf.CopyTo(bytes.AsSpan(prefix.Length));
        return bytes;
    }
}
