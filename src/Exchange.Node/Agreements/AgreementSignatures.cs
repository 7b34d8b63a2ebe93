using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;

namespace Exchange.Node.Agreements;

/// <summary>Signs agreements and checks the signatures of others against the register. The payload is never serialised again.</summary>
internal sealed class AgreementSignatures(RegisterCache register, NodeIdentity identity, TimeProvider time)
{
    /// <summary>This participant's signature over a payload, be it its own or the other side's.</summary>
    public SignedBytes Sign(ByteString payload, string type = SignedMessage.Agreement) => SignedMessage.Sign(type, payload, identity.SigningKey);

    /// <summary>Lets only a signature go on that holds under a registered signing key of that participant.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.AgreementSignatureInvalid"/>.</exception>
    public void Require(SignedBytes? signed, string participantId, string type = SignedMessage.Agreement)
    {
        if (!Holds(signed, participantId, type))
        {
            throw Reasons.AgreementSignatureInvalid.Because(
                $"The agreement is not signed with a registered key of {participantId}.", "Request the agreement again; if this comes back, tell the operator.");
        }
    }

    private bool Holds(SignedBytes? signed, string participantId, string type)
    {
        if (signed is null)
        {
            return false;
        }

        var key = register.Current.KeyOf(participantId, signed.KeyId, KeyUse.Signing, time.GetUtcNow());
        return key is not null && SignedMessage.Verify(type, signed, key);
    }
}
