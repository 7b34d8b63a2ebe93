namespace Exchange.Privacy.SecureSums;

/// <summary>What a dealer signed in round 2, as the relay reads it.</summary>
internal sealed class DealtShares
{
    private readonly int _sealedLength;
    private readonly RoundMessage _message;
    private readonly Dictionary<int, int> _places = [];

    public DealtShares(Cohort cohort, RoundMessage message, ParticipantSet holders)
    {
        _message = message;
        _sealedLength = SealedShares.LengthOf(cohort);
        var at = cohort.Cells is null ? ShareCommitment.Length : 2 * ShareCommitment.Length;
        foreach (var holder in holders)
        {
            _places[holder] = at;
            at += 2 * ShareCommitment.Length + _sealedLength;
        }

        if (message.Body.Length != at)
        {
            throw MessageReader.Malformed();
        }
    }

    public ReadOnlySpan<byte> SeedCommitment => _message.Body[..ShareCommitment.Length];

    /// <summary>Only in a cohort with cells.</summary>
    public byte[] CellsCommitment => _message.Body.Slice(ShareCommitment.Length, ShareCommitment.Length).ToArray();

    public ReadOnlySpan<byte> KeyShareCommitment(int holder) => _message.Body.Slice(_places[holder], ShareCommitment.Length);

    public ReadOnlySpan<byte> SeedShareCommitment(int holder) => _message.Body.Slice(_places[holder] + ShareCommitment.Length, ShareCommitment.Length);

    public byte[] Sealed(int holder) => _message.Body.Slice(_places[holder] + 2 * ShareCommitment.Length, _sealedLength).ToArray();
}
