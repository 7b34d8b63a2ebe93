using System.Globalization;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Attacks.Checking;

/// <summary>
/// A table as <c>dataset table show</c> prints it, laid over the raw rows: a row is in the block that describes it most closely, for a
/// <c>*</c> holds what has no narrower block. The one exception is what would be a block by itself and is shown as none: it took in what
/// was left over, and is described as widely as that.
/// </summary>
internal sealed class BlockMap
{
    public BlockMap(TableReport table, IReadOnlyList<FieldRow> rows)
    {
        CountBlocks = [.. table.Blocks.Select(block => new Counted([.. block.Description], block.UnitsMost))];
        ValueBlocks = [.. table.Figures.Select(block => new Valued([.. block.Description], block.Rows, block.Figures.ToDictionary(
            figure => figure.Measure,
            figure => figure.Sum.Length == 0 ? null : new Published(figure.Values, decimal.Parse(figure.Sum, NumberStyles.Float, CultureInfo.InvariantCulture), figure.Squares))))];
        foreach (var atom in rows.GroupBy(row => string.Join('|', row.Atom)))
        {
            var alone = atom.Select(row => row.Worker).Distinct().Count() >= BlockRules.MinUnits;
            BlockOf(CountBlocks, block => block.Description, atom.First().Atom, alone).Rows.AddRange(atom);
        }

        for (var number = 0; number < CountBlocks.Count; number++)
        {
            var value = BlockOf(ValueBlocks, block => block.Description, CountBlocks[number].Description, !BlockRules.FailuresOf(CountBlocks[number].Rows).Any());
            value.Members.Add(number);
            value.Rows.AddRange(CountBlocks[number].Rows);
        }
    }

    public IReadOnlyList<Counted> CountBlocks { get; }

    public IReadOnlyList<Valued> ValueBlocks { get; }

    /// <summary>Labels of a dimension that the table names, and the one for all others where it may have others.</summary>
    public IReadOnlyList<string> LabelsOf(int dimension) => Field.Closed[dimension]
        ?? [.. CountBlocks.Select(block => block.Description[dimension]).Where(label => label != "*").Distinct(), Field.Other];

    /// <summary>Where the rows of a description lie, every <c>*</c> tried with every label.</summary>
    public Lies Position(Condition? where, string[] description)
    {
        if (where is null)
        {
            return Lies.Inside;
        }

        var open = where.Dimensions.Distinct().Where(dimension => description[dimension] == "*").ToArray();
        var found = new HashSet<Lies>();
        Try([.. description], 0);
        return found.Count == 1 ? found.Single() : Lies.Across;

        void Try(string[] labels, int next)
        {
            if (next == open.Length)
            {
                found.Add(where.Of(labels, wanted: true));
                return;
            }

            foreach (var label in LabelsOf(open[next]))
            {
                labels[open[next]] = label;
                Try(labels, next + 1);
            }
        }
    }

    private static T BlockOf<T>(IEnumerable<T> blocks, Func<T, string[]> descriptionOf, string[] labels, bool alone)
    {
        var fitting = blocks.Where(block => descriptionOf(block).Zip(labels).All(pair => pair.First == "*" || pair.First == pair.Second))
            .OrderByDescending(block => descriptionOf(block).Count(label => label != "*")).ToList();
        return alone && !descriptionOf(fitting[0]).SequenceEqual(labels) ? fitting[^1] : fitting[0];
    }

    /// <summary>A block of the count layer and the rows in it.</summary>
    internal sealed record Counted(string[] Description, long Units)
    {
        public List<FieldRow> Rows { get; } = [];
    }

    /// <summary>A block of the value layer.</summary>
    /// <param name="RowCount">As published; -1 where it is not.</param>
    /// <param name="Figures">Per measure; null where withheld.</param>
    internal sealed record Valued(string[] Description, long RowCount, IReadOnlyDictionary<string, Published?> Figures)
    {
        public bool Withheld => Figures.Values.All(figure => figure is null);

        public List<int> Members { get; } = [];

        public List<FieldRow> Rows { get; } = [];
    }

    /// <summary>Figures of a measure in a block.</summary>
    internal sealed record Published(long Values, decimal Sum, bool Squares);
}
