namespace Exchange.Privacy.SecureSums;

/// <summary>
/// A signed message of a participant to the relay. The payload is the cohort's id (32 bytes), the round (1), the sender's position
/// (4, big-endian) and what the round has to say; the signature is over the payload as it is.
/// </summary>
/// <param name="Payload">What is signed.</param>
/// <param name="Signature">By <see cref="RoundSigner"/>.</param>
public sealed record RoundMessage(ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Signature)
{
    private const int HeaderLength = 32 + 1 + 4;

    /// <summary>Of which round it says it is; null where it is none of a round.</summary>
    public Round? Round => Payload.Length >= HeaderLength && Enum.IsDefined((Round)Payload.Span[32]) ? (Round)Payload.Span[32] : null;

    internal ReadOnlySpan<byte> Body => Payload.Span[HeaderLength..];

    internal static RoundMessage Sign(Cohort cohort, Round round, int sender, ReadOnlySpan<byte> body, RoundSigner sign)
    {
        var payload = new MessageWriter();
        payload.Bytes(cohort.Id);
        payload.Bytes([(byte)round]);
        payload.Number(sender);
        payload.Bytes(body);
        var bytes = payload.ToArray();
        return new RoundMessage(bytes, sign(bytes));
    }

    /// <summary>With another body, and unsigned.</summary>
    internal RoundMessage Shortened(ReadOnlySpan<byte> body) => new((byte[])[.. Payload.Span[..HeaderLength], .. body], ReadOnlyMemory<byte>.Empty);

    /// <summary>The sender's position, once header and signature hold.</summary>
    internal int Check(Cohort cohort, Round expected, RoundVerifier verify)
    {
        var sender = SenderIn(cohort, expected);
        return verify(cohort.Participants[sender], Payload.Span, Signature.Span) ? sender : throw Unsigned(cohort, sender);
    }

    /// <summary>The position of who it says it is from, once the header holds.</summary>
    internal int SenderIn(Cohort cohort, Round expected)
    {
        var header = new MessageReader(Payload.Span);
        var isOfCohort = header.Bytes(32).SequenceEqual(cohort.Id);
        var round = (Round)header.Bytes(1)[0];
        var sender = header.Number();
        if (!isOfCohort || (uint)sender >= (uint)cohort.Count)
        {
            throw MessageReader.Malformed();
        }

        return round == expected
            ? sender
            : throw new SecureSumException(SecureSumFault.OutOfTurn, $"{cohort.Participants[sender]} sent a message of another round of the secure sum.");
    }

    internal static SecureSumException Unsigned(Cohort cohort, int sender) =>
        new(SecureSumFault.SignatureInvalid, $"A message of the secure sum is not signed by {cohort.Participants[sender]}.");

    internal bool IsSame(RoundMessage other) => Payload.Span.SequenceEqual(other.Payload.Span);
}
