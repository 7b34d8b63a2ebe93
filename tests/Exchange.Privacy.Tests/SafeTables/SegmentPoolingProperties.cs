using CsCheck;
using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

/// <summary>Random data, appended to several times, and then an offer under stricter rules: all of it computed again from the rows.</summary>
public sealed class SegmentPoolingProperties
{
    private static readonly Gen<List<RawRow>> Appended =
        from seed in Gen.Int[1, 1_000_000]
        from count in Gen.Int[0, 3].Select(size => new[] { 0, 9, 60, 400 }[size])
        from giant in Gen.Int[0, 3]
        select Samples.Make(new Random(seed), count, giant, 1_000);

    [Fact]
    public void A_table_with_segments_is_pooled_to_sums_of_what_was_told_and_passes_the_stricter_rules() =>
        Gen.Select(Samples.Rows, Gen.Select(Appended, Appended), Gen.Int[10, 40], Gen.Bool).Sample((rows, more, minUnits, unitIsRow) =>
        {
            var over = new Told([.. rows, .. more.Item1, .. more.Item2], rows, unitIsRow);
            if (over.Build.Table.CountBlocks.Count == 0)
            {
                return;
            }

            over.Append(more.Item1);
            over.Append(more.Item2);
            var rules = Samples.Rules with { MinUnits = minUnits, PPercent = 15, DominancePercent = 80 };
            var coarser = SafeTableBuilder.Coarsen(over.Build, over.Segments, over.Contributions(over.All), rules);

            var all = over.All.ToList();
            Assert.Equal(coarser.Table.CountBlocks.Count > 0, over.Build.Table.CountBlocks.Count > 0 && RawChecker.Units(all, unitIsRow) >= minUnits);
            if (coarser.Table.CountBlocks.Count == 0)
            {
                return;
            }

            // What was told before is whole in one block of it, so that the old and the new figures together tell nothing the old ones do not.
            Assert.All(over.Pieces, piece => Assert.Single(piece.Rows.Select(row => coarser.Assignment.BlockOf(row.Dimensions)).Distinct()));
            var blocks = RawChecker.RowsOf(coarser, all);
            for (var i = 0; i < blocks.Length; i++)
            {
                var (units, block) = (RawChecker.Units(blocks[i], unitIsRow), coarser.Table.CountBlocks[i]);
                Assert.True(units >= minUnits && units >= block.UnitsLeast && units <= block.UnitsMost);
                Assert.Equal(over.Pieces.Where(piece => blocks[i].Contains(piece.Rows[0], ReferenceEqualityComparer.Instance)).Sum(piece => RawChecker.Units(piece.Rows, unitIsRow)), block.UnitsMost);
            }

            foreach (var block in coarser.Table.Layers[0].Blocks.Where(block => !block.Withheld))
            {
                List<RawRow> own = [.. block.Members.SelectMany(member => blocks[member])];
                for (var measure = 0; measure < 3; measure++)
                {
                    Assert.Null(RawChecker.Failure(own, measure, over.Layout.Measures[measure], rules, unitIsRow));
                }

                RawChecker.CheckFigures(coarser.Table, block, own, unitIsRow);
            }

            SafeTableCodec.Decode(SafeTableCodec.Encode(coarser.Table));
        }, iter: 300);

    [Fact]
    public void Segments_of_another_table_are_refused()
    {
        var rows = Samples.Make(new Random(1), 600, 0, 1_000);
        var over = new Told(rows, rows, unitIsRow: true);
        var stranger = new AdmittedRows(over.Build.Table, [0]);
        Assert.Throws<ArgumentException>(() => SafeTableBuilder.Coarsen(over.Build, [stranger], over.Contributions(rows), Samples.Rules));
    }

    /// <summary>A table and the segments that were let into it, with the rows of each.</summary>
    private sealed class Told
    {
        private readonly bool _unitIsRow;
        private readonly List<RawRow> _waiting = [];

        public Told(List<RawRow> everything, List<RawRow> first, bool unitIsRow)
        {
            Layout = RawData.Layout(everything, Samples.Measures, 3, unitIsRow);
            _unitIsRow = unitIsRow;
            Build = SafeTableBuilder.Build(Contributions(first), Samples.Rules);
            Pieces = [.. first.GroupBy(row => Build.Assignment.BlockOf(row.Dimensions)).Where(group => group.Key is not null).Select(group => (group.Key!.Value, group.ToList()))];
        }

        public TableLayout Layout { get; }

        public TableBuild Build { get; }

        public List<AdmittedRows> Segments { get; } = [];

        /// <summary>Per block of the table and of each segment its rows.</summary>
        public List<(int Block, List<RawRow> Rows)> Pieces { get; }

        public IEnumerable<RawRow> All => Pieces.SelectMany(piece => piece.Rows);

        public UnitContributions Contributions(IEnumerable<RawRow> rows) => RawData.Contributions(Layout, [.. rows]);

        public void Append(List<RawRow> rows)
        {
            _waiting.AddRange(rows);
            var decision = SegmentAdmission.Decide(Build, Contributions(_waiting));
            if (decision.Segment is not { } segment)
            {
                return;
            }

            Segments.Add(new AdmittedRows(segment.Table, decision.Admitted));
            foreach (var block in decision.Admitted)
            {
                List<RawRow> own = [.. _waiting.Where(row => Build.Assignment.BlockOf(row.Dimensions) == block)];
                _waiting.RemoveAll(row => Build.Assignment.BlockOf(row.Dimensions) == block);
                Pieces.Add((block, own));
                Assert.True(RawChecker.Units(own, _unitIsRow) >= Samples.Rules.MinUnits);
            }
        }
    }
}
