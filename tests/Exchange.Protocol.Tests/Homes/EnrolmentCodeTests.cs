using System.Security.Cryptography;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;

namespace Exchange.Protocol.Tests.Homes;

public class EnrolmentCodeTests
{
    private static readonly EnrolmentCode Code = new("firm-a", RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void What_was_printed_is_read()
    {
        var read = EnrolmentCode.Parse($"  {Code}\n");

        Assert.Equal(Code.ParticipantId, read.ParticipantId);
        Assert.Equal(Code.Secret, read.Secret);
        Assert.Equal(Code.CaHash, read.CaHash);
        Assert.Equal(Code.OperatorKeyHash, read.OperatorKeyHash);
    }

    [Fact]
    public void Anything_else_is_no_code()
    {
        var text = Code.ToString();
        string[] wrong = ["", "firm-a", "firm-a.", text[..^1], text + "A", text[7..], "Firm-A" + text[6..], text[..^1] + "+", text[..20] + " " + text[21..], text + ".x"];

        foreach (var code in wrong)
        {
            Assert.Equal(Reasons.EnrolmentCodeInvalid, Assert.Throws<ExchangeException>(() => EnrolmentCode.Parse(code)).Reason);
        }
    }
}
