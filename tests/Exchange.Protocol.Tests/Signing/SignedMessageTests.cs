using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf;

namespace Exchange.Protocol.Tests.Signing;

public sealed class SignedMessageTests
{
    [Fact]
    public void A_signature_holds_for_its_type_payload_and_key_alone()
    {
        using var key = SigningKey.Create();
        using var other = SigningKey.Create();
        var signed = SignedMessage.Sign(SignedMessage.Register, new RegisterSnapshot { Version = 7 }, key);

        Assert.True(SignedMessage.Verify(SignedMessage.Register, signed, key.PublicKey));
        Assert.False(SignedMessage.Verify(SignedMessage.Product, signed, key.PublicKey));
        Assert.False(SignedMessage.Verify(SignedMessage.Register, signed, other.PublicKey));
        Assert.False(SignedMessage.Verify(SignedMessage.Register, null, key.PublicKey));

        var changed = signed.Clone();
        changed.Payload = new RegisterSnapshot { Version = 8 }.ToByteString();
        Assert.False(SignedMessage.Verify(SignedMessage.Register, changed, key.PublicKey));
    }

    [Fact]
    public void A_payload_at_the_limit_is_accepted_and_one_over_it_is_not()
    {
        using var key = SigningKey.Create();

        Assert.True(SignedMessage.Verify(SignedMessage.Query, Signed(SignedMessage.PayloadBytesMax), key.PublicKey));
        Assert.False(SignedMessage.Verify(SignedMessage.Query, Signed(SignedMessage.PayloadBytesMax + 1), key.PublicKey));

        Protocol.Signing.V1.SignedBytes Signed(int bytes) => SignedMessage.Sign(SignedMessage.Query, ByteString.CopyFrom(new byte[bytes]), key);
    }
}
