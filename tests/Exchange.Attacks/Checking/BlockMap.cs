using System.Globalization;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Attacks.Checking;

/// <summary>
/// A table as <c>dataset table show</c> prints it, laid over the raw rows: a row is in the block that describes it most closely, for a
/// <c>*</c> holds what has no narrower block. The exceptions are blocks that took in what was left over: they are described as widely as
/// that, and what they were before is found by the published sizes.
/// </summary>
internal sealed class BlockMap
{
    public BlockMap(TableReport table, IReadOnlyList<FieldRow> rows)
    {
        CountBlocks = [.. table.Blocks.Select(block => new Counted([.. block.Description], block.UnitsMost))];
        ValueBlocks = [.. table.Figures.Select(block => new Valued([.. block.Description], [.. block.Members], block.Rows, block.Figures.ToDictionary(
            figure => figure.Measure,
            figure => figure.Sum.Length == 0 ? null : new Published(figure.Values, decimal.Parse(figure.Sum, NumberStyles.Float, CultureInfo.InvariantCulture), figure.Squares))))];
        foreach (var atom in rows.GroupBy(row => string.Join('|', row.Atom)))
        {
            var alone = atom.Select(row => row.Worker).Distinct().Count() >= BlockRules.MinUnits;
            BlockOf(atom.First().Atom, alone).Rows.AddRange(atom);
        }

        Resize();
        foreach (var block in ValueBlocks)
        {
            block.Rows.AddRange(block.Members.SelectMany(member => CountBlocks[member].Rows));
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

    /// <summary>The block that took in what was left over was one with a narrower description: those rows sit in a block that is too full now.</summary>
    private void Resize()
    {
        foreach (var small in CountBlocks.Where(block => UnitsOf(block.Rows) < block.Units))
        {
            var moved = (
                from full in CountBlocks
                where UnitsOf(full.Rows) > full.Units
                from length in Enumerable.Range(0, Field.Dimensions.Length + 1).Reverse()
                from part in full.Rows.GroupBy(row => string.Join('|', row.Atom.Take(length)))
                where UnitsOf(full.Rows.Except(part)) == full.Units && UnitsOf(small.Rows.Concat(part)) == small.Units
                select (full, part)).FirstOrDefault();
            if (moved.full is not null)
            {
                small.Rows.AddRange(moved.part);
                moved.full.Rows.RemoveAll(moved.part.ToList().Contains);
            }
        }
    }

    private static int UnitsOf(IEnumerable<FieldRow> rows) => rows.Select(row => row.Worker).Distinct().Count();

    private Counted BlockOf(string[] labels, bool alone)
    {
        var fitting = CountBlocks.Where(block => block.Description.Zip(labels).All(pair => pair.First == "*" || pair.First == pair.Second))
            .OrderByDescending(block => block.Description.Count(label => label != "*")).ToList();
        return alone && !fitting[0].Description.SequenceEqual(labels) ? fitting[^1] : fitting[0];
    }

    /// <summary>A block of the count layer and the rows in it.</summary>
    internal sealed record Counted(string[] Description, long Units)
    {
        public List<FieldRow> Rows { get; } = [];
    }

    /// <summary>A block of the value layer.</summary>
    /// <param name="Description">As a person reads it.</param>
    /// <param name="Members">Positions of its count blocks.</param>
    /// <param name="RowCount">As published; -1 where it is not.</param>
    /// <param name="Figures">Per measure; null where withheld.</param>
    internal sealed record Valued(string[] Description, int[] Members, long RowCount, IReadOnlyDictionary<string, Published?> Figures)
    {
        public bool Withheld => Figures.Values.All(figure => figure is null);

        public List<FieldRow> Rows { get; } = [];
    }

    /// <summary>Figures of a measure in a block.</summary>
    internal sealed record Published(long Values, decimal Sum, bool Squares);
}
