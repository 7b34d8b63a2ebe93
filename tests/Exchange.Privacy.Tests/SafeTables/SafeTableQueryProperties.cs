using CsCheck;
using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

public sealed class SafeTableQueryProperties
{
    private const int Dimensions = 3;

    [Fact]
    public void Every_cell_has_the_blocks_in_it_and_the_whole_size_of_those_that_touch_it() =>
        Gen.Select(Samples.Rows, Gen.Bool, Gen.Int[0, 1_000_000]).Sample((rows, unitIsRow, seed) =>
        {
            var table = SafeTableBuilder.Build(RawData.Contributions(RawData.Layout(rows, Samples.Measures, Dimensions, unitIsRow), rows), Samples.Rules).Table;
            var random = new Random(seed);
            var filtered = Enumerable.Range(0, Dimensions).Where(_ => random.Next(3) == 0).ToDictionary(
                dimension => dimension, dimension => table.Dimensions[dimension].Labels.Where(_ => random.Next(3) > 0).ToList());
            GroupKey[] keys = [.. Enumerable.Range(0, Dimensions).Where(_ => random.Next(2) == 0).OrderBy(_ => random.Next()).Select(dimension =>
                new GroupKey(dimension, [.. table.Dimensions[dimension].Labels.Select(_ => random.Next(3))]))];
            var where = CellFilter.And([.. filtered.Select(pair => CellFilter.Where(table, pair.Key, pair.Value.Contains))]);

            var cells = new SafeTableQuery(table).Group(where, keys);

            var places = table.CountBlocks.Select(block => PlaceOf(table, block, filtered, keys)).ToList();
            var expected = places.Where(place => place.Lies).Select(place => place.Key).Concat(keys.Length == 0 ? [[]] : []).DistinctBy(key => string.Join(',', key))
                .OrderBy(key => key.Length > 0 ? key[0] : 0).ThenBy(key => key.Length > 1 ? key[1] : 0).ThenBy(key => key.Length > 2 ? key[2] : 0).ToList();
            Assert.Equal(expected, cells.Select(cell => cell.Key.ToArray()));
            Assert.All(cells, cell => Check(table, places, cell));
        }, iter: 300);

    [Fact]
    public void Keys_too_many_to_be_packed_into_one_number_still_part_the_rows()
    {
        var rows = Samples.Make(new Random(7), 600, 0, 1_000);
        var table = SafeTableBuilder.Build(RawData.Contributions(RawData.Layout(rows, Samples.Measures, Dimensions, unitIsRow: true), rows), Samples.Rules).Table;
        // Every dimension twice, with class numbers so far apart that their product is beyond 64 bits.
        GroupKey[] wide = [.. Enumerable.Range(0, 6).Select(i => new GroupKey(i % Dimensions, [.. Enumerable.Range(0, table.Dimensions[i % Dimensions].Labels.Count).Select(label => label * 100_000_000)]))];
        GroupKey[] narrow = [.. Enumerable.Range(0, Dimensions).Select(i => GroupKey.ByValue(table, i))];
        var query = new SafeTableQuery(table);
        Assert.Equal(
            query.Group(CellFilter.Everything, narrow).Select(cell => (cell.UnitsMost, cell.TouchingUnits, cell.Measures[1].Sum)),
            query.Group(CellFilter.Everything, wide).Select(cell => (cell.UnitsMost, cell.TouchingUnits, cell.Measures[1].Sum)));
        Assert.True(query.Group(CellFilter.Everything, wide).Count > 5);
    }

    private static Place PlaceOf(SafeTable table, CountBlock block, Dictionary<int, List<string?>> filtered, GroupKey[] keys)
    {
        int[] key = [.. keys.Select(part => block.Description[part.Dimension] is var value && value < 0 ? -1 : part.ClassOfLabel[value])];
        var outside = filtered.Any(pair => block.Description[pair.Key] is var value && value >= 0 && !pair.Value.Contains(table.Dimensions[pair.Key].Labels[value]));
        var across = filtered.Keys.Any(dimension => block.Description[dimension] < 0);
        return new(key, !outside && !across && !key.Contains(-1), outside);
    }

    private static void Check(SafeTable table, List<Place> places, CellAnswer cell)
    {
        bool LiesIn(int block) => places[block].Lies && places[block].Key.SequenceEqual(cell.Key);
        bool Touches(int block) => !places[block].Lies && !places[block].Outside && places[block].Key.Zip(cell.Key).All(pair => pair.First < 0 || pair.First == pair.Second);
        long Units(IEnumerable<int> blocks) => blocks.Sum(block => table.CountBlocks[block].UnitsMost);

        int[] all = [.. Enumerable.Range(0, places.Count)];
        Assert.Equal(Units(all.Where(LiesIn)), cell.UnitsMost);
        Assert.Equal(table.UnitIsRow ? cell.UnitsMost : all.Where(LiesIn).Select(block => table.CountBlocks[block].UnitsLeast).DefaultIfEmpty().Max(), cell.UnitsLeast);
        Assert.Equal(Units(all.Where(Touches)), cell.TouchingUnits);
        foreach (var layer in table.Layers)
        {
            var inside = layer.Blocks.Where(block => !block.Withheld && block.Members.All(LiesIn)).ToList();
            var touching = layer.Blocks.Except(inside).Where(block => block.Members.Any(member => LiesIn(member) || Touches(member))).Sum(block => Units(block.Members));
            for (var i = 0; i < layer.Measures.Count; i++)
            {
                var answer = cell.Measures[layer.Measures[i]];
                Assert.Equal((inside.Sum(block => block.Figures![i].Values), touching), (answer.Values, answer.TouchingUnits));
                Assert.Equal(inside.Count == 0 ? null : inside.Aggregate((Int128)0, (sum, block) => sum + block.Figures![i].Sum.Exact), answer.Sum?.Exact);
            }

            if (layer.HasRows)
            {
                Assert.Equal((inside.Count == 0 ? null : inside.Sum(block => block.Rows), touching), (cell.Rows, cell.RowsTouchingUnits));
            }
        }
    }

    private sealed record Place(int[] Key, bool Lies, bool Outside);
}
