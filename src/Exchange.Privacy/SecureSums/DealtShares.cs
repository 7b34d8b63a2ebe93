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
            at += 4 * ShareCommitment.Length + _sealedLength;
        }

        if (message.Body.Length != at)
        {
            throw MessageReader.Malformed();
        }
    }

    public ReadOnlySpan<byte> SeedCommitment => _message.Body[..ShareCommitment.Length];

    /// <summary>Only in a cohort with cells.</summary>
    public byte[] CellsCommitment => _message.Body.Slice(ShareCommitment.Length, ShareCommitment.Length).ToArray();

    public ReadOnlySpan<byte> KeyShareCommitment(int holder) => Entry(holder)[..ShareCommitment.Length];

    public ReadOnlySpan<byte> SeedShareCommitment(int holder) => Entry(holder)[ShareCommitment.Length..(2 * ShareCommitment.Length)];

    /// <summary>Hash of the root of its mask with the holder.</summary>
    public ReadOnlySpan<byte> RootCommitment(int holder) => Entry(holder)[(2 * ShareCommitment.Length)..(3 * ShareCommitment.Length)];

    /// <summary>The root of its mask with the holder, behind the key whose shares it dealt.</summary>
    public ReadOnlySpan<byte> LockedRoot(int holder) => Entry(holder)[(3 * ShareCommitment.Length)..(4 * ShareCommitment.Length)];

    public byte[] Sealed(int holder) => Entry(holder)[(4 * ShareCommitment.Length)..].ToArray();

    private ReadOnlySpan<byte> Entry(int holder) => _message.Body.Slice(_places[holder], 4 * ShareCommitment.Length + _sealedLength);
}
