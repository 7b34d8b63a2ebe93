using System.Security.Cryptography;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;

namespace Exchange.Protocol.Tests.Homes;

public sealed class EnrolmentCodeTests
{
    private readonly EnrolmentCode _code = new("mill", RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void A_code_is_read_back_as_written_whatever_space_a_mail_put_around_it()
    {
        var read = EnrolmentCode.Parse("  " + _code + "\n");

        Assert.Equal("mill", read.ParticipantId);
        Assert.Equal(_code.Secret, read.Secret);
        Assert.Equal(_code.CaHash, read.CaHash);
        Assert.Equal(_code.OperatorKeyHash, read.OperatorKeyHash);
    }

    [Fact]
    public void What_is_not_of_its_form_is_refused()
    {
        var text = _code.ToString();
        foreach (var bad in new[] { "", ".", "mill", text[1..].Replace("ill.", "."), text[..^1], text + "A", "MILL" + text[4..], text[..10] + "!" + text[11..] })
        {
            Assert.Equal(Reasons.EnrolmentCodeInvalid, Assert.Throws<ExchangeException>(() => EnrolmentCode.Parse(bad)).Reason);
        }
    }
}
