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

        return new RawAggregate([.. groups.Values]);
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
            var exact = add.Count > _bounds.RowsPerGroup ? add.Exact * _bounds.RowsPerGroup / add.Count : add.Exact;
            group.States[index] = new PartialState(sum.Count + Math.Min(add.Count, _bounds.RowsPerGroup), sum.Exact + exact);
        }
    }
}
