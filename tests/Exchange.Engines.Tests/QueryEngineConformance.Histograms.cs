using System.Globalization;
using Exchange.Engines.Tests.Support;
using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Execution;
using Exchange.Query.Merging;
using Exchange.Query.Products;

namespace Exchange.Engines.Tests;

/// <summary>Histograms that an engine makes for one question: counted again by pooled DuckDB, bin by bin.</summary>
public abstract partial class QueryEngineConformance
{
    private const string Estimates = "SELECT region, MEDIAN(\"PM2.5\"), QUANTILE_CONT(\"PM2.5\", 0.9), MIN(\"PM2.5\"), MAX(\"PM2.5\") FROM readings GROUP BY region";

    [Theory]
    [InlineData("worker_id", 7.5)]
    [InlineData("worker_id", 300)]
    [InlineData("row", 0.3)]
    public async Task Bins_hold_enough_units_and_the_pooled_answer_lies_within_their_bounds(string unit, double step)
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = WithStep(step, unit);
        var file = folder.Write("readings.csv", ReadingsFile.Text(RowCount));
        var source = await PublishAsync(engines, product, file, folder);
        var fragment = Ask.Fragment(product, Estimates, minUnits: 5);
        var raw = await engines[source.Engine].RunAsync(fragment, source, Token);

        Assert.Equal(4, raw.Cells.Count);
        var rows = PooledAnswer.Of(file, "SELECT region, worker_id, \"PM2.5\" FROM readings WHERE \"PM2.5\" IS NOT NULL")
            .Select((row, number) => (Region: row[0], Unit: unit == "row" ? $"{number}" : row[1], Value: double.Parse(row[2]!, CultureInfo.InvariantCulture))).ToLookup(row => row.Region);
        foreach (var cell in raw.Cells)
        {
            var histogram = cell.Histograms[0];
            Assert.True(fragment.Rules.MayRelease(histogram));
            Assert.True(histogram.Bins.Count > 1);
            Assert.Equal(cell.Histograms[0].Bins, cell.Histograms[1].Bins);
            foreach (var (bin, last) in histogram.Bins.Select((bin, index) => (bin, index == histogram.Bins.Count - 1)))
            {
                var inside = rows[(string)cell.Key[0]!].Where(row => row.Value >= bin.Low && (row.Value < bin.High || (last && row.Value == bin.High))).ToList();
                Assert.Equal((bin.Count, bin.Units), (inside.Count, inside.Select(row => row.Unit).Distinct().Count()));
                Assert.True(bin.Units >= 5);
            }
        }

        AssertWithin(PooledAnswer.Of(file, Estimates), Merged(product, raw));
    }

    [Fact]
    public async Task A_filter_and_rows_without_a_value_are_in_no_bin()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = WithStep(50, "worker_id");
        var file = folder.Write("readings.csv", ReadingsFile.Text(RowCount));
        var source = await PublishAsync(engines, product, file, folder);
        const string Sql = "SELECT MEDIAN(\"PM2.5\") FILTER (WHERE age > 60) FROM readings WHERE city IS NOT NULL";
        var raw = await engines[source.Engine].RunAsync(Ask.Fragment(product, Sql, minUnits: 5), source, Token);
        var expected = Assert.Single(PooledAnswer.Of(file, "SELECT count(\"PM2.5\") FILTER (WHERE age > 60) FROM readings WHERE city IS NOT NULL"))[0];
        Assert.Equal(expected, Assert.Single(raw.Cells).Histograms[0].Bins.Sum(bin => bin.Count).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Where_one_unit_has_nearly_everything_bins_are_joined_until_it_is_hidden()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = WithStep(10, "worker_id", low: 0);
        var rows = Enumerable.Range(0, 40).Select(number => $"w{number % 20},north,,,,,,{number % 20},281,,,,").Concat(Enumerable.Range(0, 30).Select(_ => "giant,north,,,,,,900,281,,,,"));
        var source = await PublishAsync(engines, product, folder.Write("a.csv", string.Join('\n', rows.Prepend(ReadingsFile.Header)) + "\n"), folder);
        var fragment = Ask.Fragment(product, Estimates, minUnits: 5);
        var histogram = Assert.Single((await engines[source.Engine].RunAsync(fragment, source, Token)).Cells).Histograms[0];
        Assert.True(fragment.Rules.MayRelease(histogram));
        Assert.Single(histogram.Bins);
        Assert.Equal((0.0, 1000.0), (histogram.Bins[0].Low, histogram.Bins[0].High));
    }

    [Fact]
    public async Task Cells_of_too_few_units_get_no_histogram()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        var product = WithStep(10, "worker_id");
        var rows = Enumerable.Range(0, 4).Select(number => $"w{number},north,,,,,,{number},281,,,,");
        var source = await PublishAsync(engines, product, folder.Write("a.csv", string.Join('\n', rows.Prepend(ReadingsFile.Header)) + "\n"), folder);
        Assert.Empty(Assert.Single((await engines[source.Engine].RunAsync(Ask.Fragment(product, Estimates, minUnits: 5), source, Token)).Cells).Histograms);
    }

    private static IReadOnlyList<JointRow> Merged(Product product, RawAggregate raw) => QueryCompiler.Compile(Estimates, [product])
        .Merge([new ParticipantCells("a", [.. raw.Cells.Select(cell => new ReleasedCell(cell.Key, [StateOf(cell, 0), RangeOf(cell, 1)]))])]).Rows;

    private static PartialState StateOf(RawCell cell, int aggregate) =>
        cell.States[aggregate] with { Bins = [.. cell.Histograms[aggregate].Bins.Select(bin => new ValueBin(bin.Low, bin.High, bin.Count))] };

    private static PartialState RangeOf(RawCell cell, int aggregate) => StateOf(cell, aggregate) is { Bins: { } bins } ? new PartialState(1, Bins: [bins[0], bins[^1]]) : default;

    private static void AssertWithin(List<string?[]> expected, IReadOnlyList<JointRow> rows)
    {
        foreach (var row in rows)
        {
            var pooled = expected.Single(one => one[0] == row.Values[0].StringValue);
            for (var column = 1; column < row.Values.Count; column++)
            {
                var bounds = row.Bounds![column]!.Value;
                Assert.InRange(double.Parse(pooled[column]!, CultureInfo.InvariantCulture), bounds.Low, bounds.High);
            }
        }
    }

    private static Product WithStep(double step, string unit, double low = -1000) => Readings.Product(definition =>
    {
        definition.Unit = unit;
        var measure = definition.Columns.Single(column => column.Name == "PM2.5");
        (measure.Bounds, measure.Step) = (new Interval { Low = low, High = 1000 }, step);
    });
}
