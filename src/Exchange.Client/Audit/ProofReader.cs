using Exchange.Client.Verification;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing.V1;
using Exchange.Transparency.Notes;
using Google.Protobuf;

namespace Exchange.Client.Audit;

/// <summary>Checks a proof of misbehaviour offline, with the keys of the register that a home keeps.</summary>
public static class ProofReader
{
    /// <summary>What the proof shows.</summary>
    /// <param name="homePath">A participant's home; its node need not run.</param>
    /// <param name="text">The file's content; untrusted.</param>
    /// <exception cref="ExchangeException"><c>VERIFICATION_FAILED</c> when it shows nothing.</exception>
    public static ProvenMisbehaviour Read(string homePath, string text)
    {
        var home = Home.Open(homePath);
        if (!MisbehaviourProof.TryParse(text, out var proof) || proof!.Origin is not { } origin)
        {
            throw Failed("The file is not a proof of misbehaviour.");
        }

        if (Register(home).Snapshot.Participants.FirstOrDefault(participant => Identifiers.LogOriginOf(participant.Id) == origin) is not { } owner)
        {
            throw Failed("The proof is about a log that the register of this home does not know.");
        }

        var keys = ExchangeLogs.KeysOf(owner);
        if (!proof.Holds(keys))
        {
            throw Failed($"The proof does not show that the log of {owner.Id} contradicts itself.");
        }

        _ = Checkpoint.Open(proof.Earlier, keys, out var earlier);
        _ = Checkpoint.Open(proof.Later, keys, out var later);
        return new ProvenMisbehaviour(owner.Id, earlier!.Head.Size, later!.Head.Size);
    }

    private static VerifiedRegister Register(Home home)
    {
        try
        {
            return RegisterReader.Verify(SignedBytes.Parser.ParseFrom(File.ReadAllBytes(home.RegisterFile)), File.ReadAllBytes(home.OperatorKeyFile));
        }
        catch (Exception error) when (error is IOException or InvalidProtocolBufferException)
        {
            throw new ExchangeException(Reasons.FileMissing, $"The register of the home {home.Path} cannot be read.", "Start its node once; it fetches the register.", error);
        }
    }

    private static ExchangeException Failed(string message) => Reasons.VerificationFailed.Because(message, "Ask for the proof again; accuse nobody with this file.");
}

/// <summary>What a proof shows.</summary>
/// <param name="Participant">Whose key signed both heads.</param>
/// <param name="EarlierSize">Leaves of one head.</param>
/// <param name="LaterSize">Leaves of the other.</param>
public sealed record ProvenMisbehaviour(string Participant, long EarlierSize, long LaterSize);
