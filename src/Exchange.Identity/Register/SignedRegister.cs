using Exchange.Identity.Hosting;
using Exchange.Identity.Members;
using Exchange.Identity.Storage;
using Exchange.Identity.Tokens;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Identity.Register;

/// <summary>A register snapshot with the operator's signature.</summary>
/// <param name="Version">The version inside it.</param>
/// <param name="Signed">What travels.</param>
internal sealed record SignedSnapshot(long Version, SignedBytes Signed);

/// <summary>The register as it is now. Signed when somebody asks and something changed, not at each change: joins come in bursts.</summary>
internal sealed class SignedRegister(IdentityDatabase database, TokenKeyRing tokenKeys, SigningKey operatorKey, ServerIdentity server, TimeProvider time)
{
    private readonly Lock _gate = new();
    private SignedSnapshot? _latest;

    /// <summary>The newest snapshot; its version is at least that of every change that was acknowledged before this call.</summary>
    public SignedSnapshot Current()
    {
        tokenKeys.DropOutlived();
        lock (_gate)
        {
            if (_latest?.Version != database.Read(work => work.RegisterVersion()))
            {
                _latest = Sign(database.Read(Snapshot));
            }

            return _latest!;
        }
    }

    private RegisterSnapshot Snapshot(DatabaseWork work) => new()
    {
        Version = work.RegisterVersion(),
        IssuedTime = Timestamp.FromDateTimeOffset(time.GetUtcNow()),
        Issuer = server.Issuer,
        Participants = { ParticipantTable.List(work, "", ParticipantTable.ParticipantsMax) },
        Products = { ProductTable.List(work) },
        TokenKeys = { TokenKeyTable.ListPublic(work) },
    };

    private SignedSnapshot Sign(RegisterSnapshot snapshot) => new(snapshot.Version, SignedMessage.Sign(SignedMessage.Register, snapshot, operatorKey));
}
