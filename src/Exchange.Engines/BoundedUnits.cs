using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Exchange.Query.Approval;
using Exchange.Query.Execution;

namespace Exchange.Engines;

/// <summary>Puts together the groups of a bounded scan from the figures of its units, for an engine that cannot do so itself.</summary>
internal sealed class BoundedUnits(ApprovedFragment fragment)
{
    private readonly ContributionBounds _bounds = fragment.Bounds!;
    private readonly Dictionary<(RawCell Group, int Aggregate), SortedDictionary<double, ValueBin>> _bins = new(new ByReference());

    /// <summary>The groups, to each of which no unit adds more than the bounds; those beyond the bound on cells are left out.</summary>
    /// <param name="cells">One per group and unit; the unit is the last part of the key.</param>
    public RawAggregate Fold(IEnumerable<RawCell> cells)
    {
        var groups = new Dictionary<CellKey, RawCell>();
        foreach (var unit in cells.GroupBy(cell => cell.Key[^1] ?? DBNull.Value))
        {
            foreach (var cell in Kept([.. unit]))
            {
                Add(groups, new CellKey(cell.Key[..^1]), cell);
            }
        }

        foreach (var ((group, index), bins) in _bins)
        {
            group.States[index] = group.States[index] with { Bins = [.. bins.Values] };
        }

        return new RawAggregate([.. groups.Values]);
    }

    // Of a unit with more values than count, each bin is scaled down, so that together they are no more than count.
    private void AddBins(RawCell group, int index, IReadOnlyList<ValueBin> bins)
    {
        if (!_bins.TryGetValue((group, index), out var sums))
        {
            _bins.Add((group, index), sums = []);
        }

        var values = bins.Sum(bin => bin.Count);
        foreach (var bin in bins)
        {
            var count = values > _bounds.RowsPerGroup ? bin.Count * _bounds.RowsPerGroup / values : bin.Count;
            sums[bin.Low] = bin with { Count = count + (sums.TryGetValue(bin.Low, out var sum) ? sum.Count : 0) };
        }
    }

    private IEnumerable<RawCell> Kept(List<RawCell> groups) =>
        groups.Count <= _bounds.GroupsPerUnit ? groups : groups.OrderBy(PlaceOf).Take(_bounds.GroupsPerUnit);

    // Of the key of group and unit together, so that each unit has an order of its own.
    private ulong PlaceOf(RawCell cell)
    {
        Span<byte> key = stackalloc byte[sizeof(ulong)];
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(key, _bounds.OrderKey);
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Join('\0', cell.Key)), digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }

    private void Add(Dictionary<CellKey, RawCell> groups, CellKey key, RawCell of)
    {
        if (!groups.TryGetValue(key, out var group))
        {
            if (groups.Count == fragment.CellsMax)
            {
                return;
            }

            groups.Add(key, group = new RawCell(of.Key[..^1], new PartialState[of.States.Length], [new SupportCount(0, null)], [], []));
        }

        group.Supports[0] = new SupportCount(group.Supports[0].Rows + 1, null);
        for (var index = 0; index < of.States.Length; index++)
        {
            var (sum, add) = (group.States[index], of.States[index]);
            if (add.Bins is { } bins)
            {
                AddBins(group, index, bins);
            }

            var exact = add.Count > _bounds.RowsPerGroup ? add.Exact * _bounds.RowsPerGroup / add.Count : add.Exact;
            group.States[index] = new PartialState(sum.Count + Math.Min(add.Count, _bounds.RowsPerGroup), sum.Exact + exact);
        }
    }

    // Cells are records, which would be compared by all they hold.
    private sealed class ByReference : IEqualityComparer<(RawCell Group, int Aggregate)>
    {
        public bool Equals((RawCell Group, int Aggregate) one, (RawCell Group, int Aggregate) other) => ReferenceEquals(one.Group, other.Group) && one.Aggregate == other.Aggregate;

        public int GetHashCode((RawCell Group, int Aggregate) of) => HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(of.Group), of.Aggregate);
    }
}
