namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Which rows a cell takes, said over dimension values alone: leaves on one dimension, joined by and, or and not. It is two-valued: where
/// SQL's NULL matters, a NOT belongs into the leaf. A filter belongs to the table it was made for, and to that table's segments.
/// </summary>
public abstract class CellFilter
{
    /// <summary>Most combinations of values that are tried one by one for the <c>*</c> of a description.</summary>
    internal const int CombinationsMax = 4_096;

    private int[]? _dimensions;

    private protected CellFilter()
    {
    }

    /// <summary>Every row.</summary>
    public static CellFilter Everything { get; } = new Joined([], all: true);

    /// <summary>Rows whose value is one of these, whether the table names it or not; null for NULL.</summary>
    public static CellFilter In(SafeTable table, int dimension, IReadOnlyCollection<string?> labels)
    {
        var known = table.Dimensions[dimension].Labels;
        // A value that the table does not name may stand in a block of `*`, and so may values that nobody listed.
        var rest = labels.All(label => known.Contains(label)) ? Position.Outside : Position.Across;
        return new Leaf(dimension, [.. known.Select(label => labels.Contains(label))], table.Dimensions[dimension].Closed ? null : rest);
    }

    /// <summary>Rows whose value the predicate takes. It is asked about the values that the table names; of others nothing is known.</summary>
    public static CellFilter Where(SafeTable table, int dimension, Func<string?, bool> accepts) =>
        new Leaf(dimension, [.. table.Dimensions[dimension].Labels.Select(accepts)], table.Dimensions[dimension].Closed ? null : Position.Across);

    /// <summary>Rows that all take.</summary>
    public static CellFilter And(params IReadOnlyList<CellFilter> parts) => new Joined(parts, all: true);

    /// <summary>Rows that any takes.</summary>
    public static CellFilter Or(params IReadOnlyList<CellFilter> parts) => new Joined(parts, all: false);

    /// <summary>Rows that it does not take.</summary>
    public static CellFilter Not(CellFilter part) => new Inverted(part);

    /// <summary>
    /// Where every block lies; null where all are inside. A <c>*</c> may be any value: only where all combinations agree is its block inside
    /// or outside. With too many combinations the answer may be across where it need not be, never the other way round.
    /// </summary>
    internal Position[]? PositionsOf(TableColumns columns)
    {
        var values = new int[columns.Values.Length];
        if (Dimensions.Length == 0 && At(values) == Position.Inside)
        {
            return null;
        }

        var positions = new Position[columns.Count];
        for (var block = 0; block < positions.Length; block++)
        {
            var open = false;
            foreach (var dimension in Dimensions)
            {
                values[dimension] = columns.Values[dimension][block];
                open |= values[dimension] == Descriptions.Any;
            }

            positions[block] = open ? OfOpen(columns.Shape, values) : At(values);
        }

        return positions;
    }

    private Position OfOpen(SafeTable table, int[] values)
    {
        int[] open = [.. Dimensions.Where(dimension => values[dimension] == Descriptions.Any)];
        var combinations = 1L;
        foreach (var dimension in open)
        {
            combinations = Math.Min(CombinationsMax + 1L, combinations * ValuesOf(table, dimension));
        }

        return combinations > CombinationsMax ? At(values) : Try(table, open, 0, values);
    }

    private protected abstract Position At(int[] values);

    private protected abstract void Mark(HashSet<int> dimensions);

    /// <summary>The dimensions that it is about, ascending.</summary>
    internal int[] Dimensions => _dimensions ??= Marked();

    private int[] Marked()
    {
        var used = new HashSet<int>();
        Mark(used);
        return [.. used.Order()];
    }

    /// <summary>One more value stands for all that the table does not name.</summary>
    private static int ValuesOf(SafeTable table, int dimension) => table.Dimensions[dimension].Labels.Count + (table.Dimensions[dimension].Closed ? 0 : 1);

    private Position Try(SafeTable table, int[] open, int next, int[] values)
    {
        if (next == open.Length)
        {
            return At(values);
        }

        var found = (Position?)null;
        for (var value = 0; value < ValuesOf(table, open[next]) && found != Position.Across; value++)
        {
            values[open[next]] = value;
            var position = Try(table, open, next + 1, values);
            found = found is null || found == position ? position : Position.Across;
        }

        values[open[next]] = Descriptions.Any;
        return found ?? Position.Across;
    }

    internal enum Position
    {
        Outside,
        Across,
        Inside,
    }

    /// <param name="dimension">Its dimension.</param>
    /// <param name="accepted">Per label of the table.</param>
    /// <param name="rest">Where values lie that the table does not name; null where there are none.</param>
    private sealed class Leaf(int dimension, bool[] accepted, Position? rest) : CellFilter
    {
        private readonly Position _any = Array.TrueForAll(accepted, value => value) && rest is null or Position.Inside ? Position.Inside
            : !accepted.Contains(true) && rest is null or Position.Outside ? Position.Outside
            : Position.Across;

        private protected override Position At(int[] values) =>
            values[dimension] == Descriptions.Any ? _any
            : values[dimension] == accepted.Length ? rest!.Value
            : accepted[values[dimension]] ? Position.Inside
            : Position.Outside;

        private protected override void Mark(HashSet<int> dimensions) => dimensions.Add(dimension);
    }

    private sealed class Joined(IReadOnlyList<CellFilter> parts, bool all) : CellFilter
    {
        private protected override Position At(int[] values)
        {
            var found = all ? Position.Inside : Position.Outside;
            foreach (var part in parts)
            {
                var position = part.At(values);
                found = (position < found) == all ? position : found;
            }

            return found;
        }

        private protected override void Mark(HashSet<int> dimensions)
        {
            foreach (var part in parts)
            {
                part.Mark(dimensions);
            }
        }
    }

    private sealed class Inverted(CellFilter part) : CellFilter
    {
        private protected override Position At(int[] values) => Position.Inside - (int)part.At(values);

        private protected override void Mark(HashSet<int> dimensions) => part.Mark(dimensions);
    }
}
