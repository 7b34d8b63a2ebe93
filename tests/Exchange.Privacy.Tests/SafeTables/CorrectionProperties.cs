using CsCheck;
using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

/// <summary>Random data and random corrections of it: what changes is computed again from the rows.</summary>
public sealed class CorrectionProperties
{
    [Fact]
    public void Figures_change_to_those_of_the_rows_there_are_and_only_by_rows_that_pass_by_themselves()
    {
        var (settled, kept) = (0, 0);
        Gen.Select(Samples.Rows, Gen.Int[1, 1_000_000], Gen.Int[0, 3], Gen.Bool, Gen.Bool).Sample((rows, seed, mended, unitIsRow, byRow) =>
        {
            var random = new Random(seed);
            var after = Corrected(rows, random, mended, unitIsRow, out var added);
            var layout = RawData.Layout([.. rows, .. added], Samples.Measures, 3, unitIsRow);
            var build = SafeTableBuilder.Build(RawData.Contributions(layout, rows), Samples.Rules);
            if (build.Table.CountBlocks.Count == 0)
            {
                return;
            }

            var decision = DeletionAdmission.Decide(build, RawData.Difference(layout, rows, after, byRow));
            Interlocked.Add(ref settled, decision.Settled.Count);
            Interlocked.Add(ref kept, build.Table.CountBlocks.Count - decision.Settled.Count);
            var (old, now) = (RawChecker.RowsOf(build, rows), build.Table.CountBlocks.Select(_ => new List<RawRow>()).ToArray());
            foreach (var row in after)
            {
                if (build.Assignment.BlockOf(row.Dimensions) is { } block)
                {
                    now[block].Add(row);
                }
            }

            Assert.Equal(build.Table.CountBlocks.Select(block => block.Description), decision.Build.Table.CountBlocks.Select(block => block.Description));
            foreach (var block in Enumerable.Range(0, old.Length))
            {
                var rowsOf = decision.Settled.Contains(block) ? now[block] : old[block];
                Assert.Equal(RawChecker.Units(rowsOf, unitIsRow), decision.Build.Table.CountBlocks[block].UnitsLeast);
            }

            Assert.Equal(build.Table.CountBlocks.Count, decision.Settled.Count + decision.Kept.Values.Sum());
            foreach (var block in decision.Build.Table.Layers[0].Blocks.Where(block => !block.Withheld))
            {
                Assert.Single(block.Members.Select(member => decision.Settled.Contains(member)).Distinct());
                var isSettled = decision.Settled.Contains(block.Members[0]);
                List<RawRow> before = [.. block.Members.SelectMany(member => old[member])];
                List<RawRow> own = isSettled ? [.. block.Members.SelectMany(member => now[member])] : before;
                RawChecker.CheckFigures(decision.Build.Table, block, own, unitIsRow);
                if (isSettled)
                {
                    // What only one of the two has: no unit is mended, and each side passes.
                    List<RawRow> gone = [.. Without(before, own, unitIsRow)], came = [.. Without(own, before, unitIsRow)];
                    Assert.True(unitIsRow || !gone.Select(row => row.Unit).Intersect(came.Select(row => row.Unit)).Any());
                    for (var measure = 0; measure < 3; measure++)
                    {
                        Assert.All(new[] { gone, came, own }.Where(part => part.Count > 0), part =>
                            Assert.Null(RawChecker.Failure(part, measure, layout.Measures[measure], Samples.Rules, unitIsRow)));
                    }
                }
            }

            SafeTableCodec.Decode(SafeTableCodec.Encode(decision.Build.Table));
        }, iter: 400);
        Assert.True(settled > 20 && kept > 20, $"{settled} blocks changed and {kept} did not: the samples try one side only.");
    }

    // Removes one in several rows, of one combination of values or of all, and whole units; adds rows of new units; mends some.
    private static List<RawRow> Corrected(List<RawRow> rows, Random random, int mended, bool unitIsRow, out List<RawRow> added)
    {
        var (share, where) = (random.Next(2, 40), random.Next(2) == 0 || rows.Count == 0 ? null : rows[random.Next(rows.Count)].Dimensions[0]);
        bool Goes(RawRow row, int number) => (where is null || row.Dimensions[0] == where) && (unitIsRow ? number : row.Unit ?? -1) % share == 1;
        List<RawRow> after = [.. rows.Where((row, number) => !Goes(row, number))];
        added = random.Next(2) == 0 ? [] : Samples.Make(random, 200, 0, 1_000).ConvertAll(row => row with { Unit = (row.Unit ?? 0) + 5_000 });
        for (var i = 0; i < mended && after.Count > 0; i++)
        {
            var at = random.Next(after.Count);
            after[at] = after[at] with { Measures = [after[at].Measures[0], after[at].Measures[1] + 1, after[at].Measures[2]] };
        }

        after.AddRange(added);
        return after;
    }

    // Where every row is a unit, alike rows are interchangeable.
    private static IEnumerable<RawRow> Without(List<RawRow> rows, List<RawRow> others, bool unitIsRow)
    {
        string Key(RawRow row) => $"{(unitIsRow ? string.Join('|', row.Dimensions) : Place(row))}/{string.Join('|', row.Measures)}";
        var left = others.GroupBy(Key).ToDictionary(group => group.Key, group => group.Count());
        foreach (var row in rows)
        {
            if (left.TryGetValue(Key(row), out var count) && count > 0)
            {
                left[Key(row)] = count - 1;
            }
            else
            {
                yield return row;
            }
        }
    }

    private static string Place(RawRow row) => $"{string.Join('|', row.Dimensions)}/{row.Unit}";
}
