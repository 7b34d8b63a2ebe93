namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>
/// A bounded sample of hashes that any two data sets take alike: all, and once there are more than <see cref="Most"/> of them those below
/// a limit that is halved as often as it takes. So of two samples, those below the smaller limit are comparable.
/// </summary>
internal sealed class NearSample
{
    /// <summary>Most hashes of a sample.</summary>
    public const int Most = 8_192;

    private readonly List<ulong> _hashes;

    public NearSample() : this((1UL << (8 * RowHashWriter.HashBytes)) - 1, [])
    {
    }

    private NearSample(ulong limit, IEnumerable<ulong> hashes) => (Limit, _hashes) = (limit, [.. hashes]);

    /// <summary>No hash of the sample is larger.</summary>
    public ulong Limit { get; private set; }

    /// <summary>The hashes, one per row.</summary>
    public IReadOnlyList<ulong> Hashes => _hashes;

    /// <summary>The sample of the rows of this one and of another.</summary>
    public NearSample With(ulong limit, IEnumerable<ulong> hashes)
    {
        var least = Math.Min(Limit, limit);
        var both = new NearSample(least, _hashes.Where(hash => hash <= least));
        foreach (var hash in hashes)
        {
            both.Offer(hash);
        }

        return both;
    }

    /// <summary>Takes a row's hash in, if it is in the sample.</summary>
    public void Offer(ulong hash)
    {
        if (hash > Limit)
        {
            return;
        }

        _hashes.Add(hash);
        while (_hashes.Count > Most && Limit > 0)
        {
            Limit >>= 1;
            _hashes.RemoveAll(kept => kept > Limit);
        }
    }
}
