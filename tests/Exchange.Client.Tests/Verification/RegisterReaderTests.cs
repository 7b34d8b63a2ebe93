using Exchange.Client.Verification;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Signing;

namespace Exchange.Client.Tests.Verification;

public sealed class RegisterReaderTests
{
    [Fact]
    public void Register_of_the_operator_is_believed()
    {
        using var operatorKey = SigningKey.Create();
        var snapshot = new EvidenceMaker("alpha").Snapshot;
        var register = RegisterReader.Verify(SignedMessage.Sign(SignedMessage.Register, snapshot, operatorKey), operatorKey.PublicKey);
        Assert.Equal(snapshot.Version, register.Version);
    }

    [Fact]
    public void Register_signed_by_anybody_else_is_not()
    {
        using var operatorKey = SigningKey.Create();
        using var other = SigningKey.Create();
        var signed = SignedMessage.Sign(SignedMessage.Register, new EvidenceMaker("alpha").Snapshot, other);
        Assert.Equal(Reasons.VerificationFailed, Assert.Throws<ExchangeException>(() => RegisterReader.Verify(signed, operatorKey.PublicKey)).Reason);
    }

    [Fact]
    public void Absent_register_is_not_believed()
    {
        using var operatorKey = SigningKey.Create();
        Assert.Equal(Reasons.VerificationFailed, Assert.Throws<ExchangeException>(() => RegisterReader.Verify(null, operatorKey.PublicKey)).Reason);
    }
}
