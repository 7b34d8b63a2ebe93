namespace Exchange.Privacy.SecureSums;

/// <summary>What a dealer signed in round 2, as the relay reads it.</summary>
internal sealed class DealtShares
{
    private const int EntryLength = 2 * ShareCommitment.Length + SealedShares.Length;
    private readonly RoundMessage _message;
    private readonly Dictionary<int, int> _places = [];

    public DealtShares(RoundMessage message, ParticipantSet holders)
    {
        _message = message;
        var at = ShareCommitment.Length;
        foreach (var holder in holders)
        {
            _places[holder] = at;
            at += EntryLength;
        }

        if (message.Body.Length != at)
        {
            throw MessageReader.Malformed();
        }
    }

    public ReadOnlySpan<byte> SeedCommitment => _message.Body[..ShareCommitment.Length];

    public ReadOnlySpan<byte> KeyShareCommitment(int holder) => _message.Body.Slice(_places[holder], ShareCommitment.Length);

    public ReadOnlySpan<byte> SeedShareCommitment(int holder) => _message.Body.Slice(_places[holder] + ShareCommitment.Length, ShareCommitment.Length);

    public byte[] Sealed(int holder) => _message.Body.Slice(_places[holder] + 2 * ShareCommitment.Length, SealedShares.Length).ToArray();
}
