using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

/// <summary>Tables of one dimension for the boundary of one rule: the block under test, beside large blocks that always pass.</summary>
internal static class Blocks
{
    /// <summary>The value block that holds the rows of <c>test</c>, whose units have these values, and its members.</summary>
    public static (SafeTable Table, ValueBlock Block) Of(MeasureLayout measure, TableRules rules, params long?[] values) => Of([measure], rules, [.. values.Select(value => new[] { value })]);

    public static (SafeTable Table, ValueBlock Block) Of(MeasureLayout[] measures, TableRules rules, long?[][] values)
    {
        return Tested(Build(measures, rules, values, out _));
    }

    /// <summary>The same where units have identifiers, one row each.</summary>
    public static (SafeTable Table, ValueBlock Block) OfPeople(MeasureLayout[] measures, TableRules rules, params long?[][] values) =>
        Tested(Build(measures, rules, values, out _, unitIsRow: false));

    private static (SafeTable Table, ValueBlock Block) Tested(TableBuild build)
    {
        var block = build.Assignment.BlockOf(["test"])!.Value;
        return (build.Table, build.Table.Layers[0].Blocks.Single(value => value.Members.Contains(block)));
    }

    public static TableBuild Build(MeasureLayout[] measures, TableRules rules, long?[][] values, out List<RawRow> rows, bool unitIsRow = true)
    {
        var number = 0;
        rows = [.. values.Select(value => new RawRow(["test"], number++, value))];
        for (var i = 0; i < 1_000; i++)
        {
            rows.Add(new([$"other{i % 2}"], number++, [.. measures.Select(measure => (long?)Other(measure, i / 2))]));
        }

        var layout = RawData.Layout(rows, measures, 1, unitIsRow);
        return SafeTableBuilder.Build(RawData.Contributions(layout, rows), rules);
    }

    private static long Other(MeasureLayout measure, int i) =>
        measure.YesNo ? i % 2 : measure.Low > 0 ? (long)measure.Low + i % 7 : measure.High < 0 ? (long)measure.High - i % 7 : 20 + i % 7;

    /// <summary>Whether the rows are a block of their own with values.</summary>
    public static bool Stands((SafeTable Table, ValueBlock Block) built) =>
        !built.Block.Withheld && built.Block.Members.Count == 1 && built.Table.Dimensions[0].Labels.Contains("test")
        && built.Block.Description[0] == built.Table.Dimensions[0].Labels.ToList().IndexOf("test");

    public static long?[] Spread(int units) => [.. Enumerable.Range(0, units).Select(i => (long?)(20 + i))];
}
