using Exchange.Client.Connections;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf;

namespace Exchange.Client.Verification;

/// <summary>
/// Fetches the register from the node and believes it only under the operator's signature, which the home knows since joining.
/// The verified register is kept and fetched again when a key is missing in it: keys are only ever added.
/// </summary>
internal sealed class RegisterReader(NodeService.NodeServiceClient node, HomeChannel channel, byte[] operatorKey)
{
    private volatile VerifiedRegister? _held;

    /// <summary>The register last verified, or the node's own when there is none yet or <paramref name="fresh"/> is set.</summary>
    /// <exception cref="ExchangeException"><c>VERIFICATION_FAILED</c> when the operator did not sign it.</exception>
    public async Task<VerifiedRegister> ReadAsync(bool fresh, CancellationToken cancellationToken)
    {
        if (!fresh && _held is { } held)
        {
            return held;
        }

        var reply = await channel.CallAsync(options => node.GetRegisterAsync(new Exchange.Protocol.Owner.V1.GetRegisterRequest(), options), cancellationToken).ConfigureAwait(false);
        return _held = Verify(reply.Register, operatorKey);
    }

    /// <summary>Checks the operator's signature and parses.</summary>
    internal static VerifiedRegister Verify(Exchange.Protocol.Signing.V1.SignedBytes? signed, byte[] operatorKey)
    {
        if (!SignedMessage.Verify(SignedMessage.Register, signed, operatorKey))
        {
            throw Reasons.VerificationFailed.Because("The register that the node holds is not signed by the operator of this exchange.", "Run `exchange doctor`; do not rely on answers of this node until it is clear why.");
        }

        try
        {
            return new VerifiedRegister(RegisterSnapshot.Parser.ParseFrom(signed!.Payload));
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new ExchangeException(Reasons.VerificationFailed, "The register that the node holds cannot be read.", "Bring client and identity server to the same version.", error);
        }
    }
}
