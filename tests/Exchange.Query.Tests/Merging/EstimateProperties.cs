using CsCheck;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Execution;
using Exchange.Query.Merging;
using Exchange.Query.Products;
using Exchange.Query.Rules;

namespace Exchange.Query.Tests.Merging;

/// <summary>Whatever the data, the split and the owners' own joined bins: the pooled exact answer lies within the bounds.</summary>
public sealed class EstimateProperties
{
    private const double Step = 0.7;
    private static readonly double[] Fractions = [0, 0.05, 0.25, 0.29, 0.5, 0.9, 1];
    private static readonly ProductDefinition Definition = Gridded();
    private static readonly Product Product = Samples.ProductOf(Definition);
    private static readonly ValueGrid Grid = ValueGrid.Of(Product.Columns["kwh"])!;
    private static readonly ReleaseRules Rules = new(MinUnits: 3, DominanceN: 2, DominancePercent: 90, PPercent: 10, Coalition: 1, MinSpread: 3);

    private static readonly CompiledQuery Query = QueryCompiler.Compile(
        $"SELECT MIN(kwh), MAX(kwh), {string.Join(", ", Fractions.Select(fraction => FormattableString.Invariant($"QUANTILE_CONT(kwh, {fraction})")))}, MEDIAN(kwh) FROM readings", [Product]);

    // Values on edges, near them, and far apart.
    private static readonly Gen<double> Values = Gen.OneOf(
        Gen.Double[-20, 20], Gen.Int[-28, 28].Select(number => number * Step), Gen.Int[-28, 28].Select(number => Math.BitDecrement(number * Step)), Gen.Const(20.0), Gen.Const(-20.0));

    [Fact]
    public void The_pooled_answer_lies_within_the_bounds_of_any_split() =>
        Gen.Select(Values.Array[1, 80], Gen.Int[1, 6], Gen.Int[1, 30], Gen.Int).Sample((values, owners, units, seed) =>
        {
            var row = Assert.Single(Query.Merge([.. Parts(values, owners, units, seed)]).Rows);
            var sorted = values.Order().ToArray();
            AssertWithin(sorted[0], row, 0);
            AssertWithin(sorted[^1], row, 1);
            for (var i = 0; i < Fractions.Length; i++)
            {
                AssertWithin(Quantile(sorted, Fractions[i]), row, 2 + i);
            }

            AssertWithin(Quantile(sorted, 0.5), row, 2 + Fractions.Length);
        }, iter: 2_000);

    [Fact]
    public void Rounded_counts_leave_the_pooled_quantile_within_the_bounds() =>
        Gen.Select(Values.Array[1, 120], Gen.Int[2, 5], Gen.Int).Sample((values, error, seed) =>
        {
            var random = new Random(seed);
            var bins = values.GroupBy(Grid.BinOf)
                .Select(bin => new ValueBin(Grid.Edges[bin.Key], Grid.Edges[bin.Key + 1], Math.Max(0, bin.Count() + random.Next(-error, error + 1)), error)).ToList();
            var sorted = values.Order().ToArray();
            foreach (var fraction in Fractions)
            {
                if (new QuantileBounds(bins, null).Of(fraction) is { } bounds)
                {
                    Assert.InRange(Quantile(sorted, fraction), bounds.Low, bounds.High);
                }
            }
        }, iter: 2_000);

    [Fact]
    public void A_decimal_quantile_that_SQL_cuts_lies_within_the_bounds()
    {
        var bounds = new QuantileBounds([new ValueBin(1.01, 1.01, 1), new ValueBin(1.02, 1.02, 1)], 2).Of(0.5)!.Value;
        Assert.InRange(1.01, bounds.Low, bounds.High);
        Assert.InRange(1.015, bounds.Low, bounds.High);
    }

    [Fact]
    public void Bins_that_leave_hold_enough_units_and_hide_the_largest_from_the_next() =>
        Gen.Select(Values.Array[1, 200], Gen.Int[1, 40], Gen.Int, Gen.Bool).Sample((values, units, seed, giant) =>
        {
            var random = new Random(seed);
            (int Unit, double Value)[] rows = [.. values.Select(value => (random.Next(units), value))];
            rows = giant ? [.. rows.Select(row => row.Item1 == 0 ? row with { Value = 20 } : row)] : rows;
            var histogram = new BinRule(Rules, Grid).Join(EntriesOf(rows));
            Assert.Equal((Grid.Edges[0], Grid.Edges[^1]), (histogram.Bins[0].Low, histogram.Bins[^1].High));
            Assert.Equal(rows.Length, histogram.Bins.Sum(bin => bin.Count));
            if (histogram.Bins.Count > 1)
            {
                int Of(double value) => Enumerable.Range(0, histogram.Bins.Count).Last(bin => histogram.Bins[bin].Low <= value);
                Assert.All(histogram.Bins, (bin, index) => Assert.True(rows.Where(row => Of(row.Value) == index).Select(row => row.Unit).Distinct().Count() >= Rules.MinUnits));
                var above = rows.GroupBy(row => row.Unit).Select(unit => unit.Sum(row => row.Value - histogram.Bins[Of(row.Value)].Low)).OrderDescending().ToArray();
                var largest = rows.GroupBy(row => row.Unit).Max(unit => unit.Sum(row => Math.Abs(row.Value)));
                Assert.True(above.Skip(1 + Rules.Coalition).Sum() >= (Rules.PPercent / 100 * largest) - 1e-9);
            }
        }, iter: 2_000);

    [Fact]
    public void Rows_that_are_units_give_no_finer_bins_than_units_of_one_row() =>
        Values.Array[1, 200].Sample(values =>
        {
            var rows = new BinRule(Rules, Grid).Join(values.GroupBy(Grid.BinOf).Select(bin => new UnitBin(bin.Key, -1, bin.Count(), bin.Sum(), bin.Max())));
            var units = new BinRule(Rules, Grid).Join(EntriesOf([.. values.Select((value, unit) => (unit, value))]));
            Assert.True(rows.Bins.Count <= units.Bins.Count);
            Assert.Equal(values.Length, rows.Bins.Sum(bin => bin.Units));
        });

    [Fact]
    public void Arithmetic_carries_the_bounds_of_the_true_answer() =>
        Gen.Select(Values.Array[3, 60], Gen.Int[1, 4], Gen.Int).Sample((values, owners, seed) =>
        {
            var query = QueryCompiler.Compile("SELECT MAX(kwh) - MIN(kwh), -MEDIAN(kwh) * 2, MIN(kwh) * MAX(kwh), MEDIAN(kwh) / (MAX(kwh) + 41), 1 / MEDIAN(kwh) FROM readings", [Product]);
            var row = Assert.Single(query.Merge([.. Parts(values, owners, 30, seed, query)]).Rows);
            var (least, greatest, median) = (values.Min(), values.Max(), Quantile([.. values.Order()], 0.5));
            AssertWithin(greatest - least, row, 0);
            AssertWithin(-median * 2, row, 1);
            AssertWithin(least * greatest, row, 2);
            AssertWithin(median / (greatest + 41), row, 3);
            if (row.Values[4].KindCase != Value.KindOneofCase.None)
            {
                AssertWithin(1 / median, row, 4);
            }
        }, iter: 500);

    [Fact]
    public void Dividing_by_what_may_be_zero_is_NULL()
    {
        var query = QueryCompiler.Compile("SELECT 1 / MEDIAN(kwh) FROM readings", [Product]);
        var row = Assert.Single(query.Merge([.. Parts([-1, -1, -1, 1, 1, 1], 1, 6, 1, query)]).Rows);
        Assert.Equal(Value.KindOneofCase.None, row.Values[0].KindCase);
        Assert.Null(row.Bounds);
    }

    [Fact]
    public void Units_of_several_owners_are_between_the_most_of_one_and_the_sum()
    {
        var query = QueryCompiler.Compile("SELECT COUNT(DISTINCT worker_id), COUNT(DISTINCT worker_id) + 1 FROM readings", [Product]);
        ParticipantCells Part(string id, long least, long most) => Wire(query, id, new PartialState(most, least));
        var one = Assert.Single(query.Merge([Part("a", 12, 12)]).Rows);
        Assert.Equal(12, one.Values[0].IntValue);
        Assert.Null(one.Bounds);
        var two = Assert.Single(query.Merge([Part("a", 12, 12), Part("b", 5, 9)]).Rows);
        Assert.Equal(new FigureBounds(12, 21), two.Bounds![0]);
        Assert.Equal(16, two.Values[0].IntValue);
        Assert.Equal(17, two.Values[1].IntValue);
        Assert.InRange(13, two.Bounds[1]!.Value.Low, two.Bounds[1]!.Value.High);
    }

    private static IEnumerable<ParticipantCells> Parts(double[] values, int owners, int units, int seed, CompiledQuery? query = null)
    {
        var random = new Random(seed);
        var owned = values.Select(value => (Unit: random.Next(units), Value: value)).ToLookup(_ => random.Next(owners));
        foreach (var owner in owned)
        {
            var bins = new BinRule(Rules, Grid).Join(EntriesOf([.. owner])).Bins.Select(bin => new ValueBin(bin.Low, bin.High, bin.Count)).ToList();
            yield return Wire(query ?? Query, "owner-" + owner.Key, [.. (query ?? Query).Fragment.Aggregates.Select(aggregate => aggregate.Kind == AggregateKind.Histogram
                ? new PartialState(owner.Count(), Bins: bins)
                : new PartialState(1, Bins: [bins[0] with { Count = 0 }, bins[^1] with { Count = 0 }]))]);
        }
    }

    private static ParticipantCells Wire(CompiledQuery query, string id, params PartialState[] states)
    {
        var wire = AnswerCodec.Encode(query.Fragment, Product, [new ReleasedCell([], states)]);
        return new ParticipantCells(id, AnswerCodec.Decode(FragmentAnswer.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(wire)), query.Fragment, Product, 10));
    }

    private static IEnumerable<UnitBin> EntriesOf((int Unit, double Value)[] rows) => rows
        .GroupBy(row => (row.Unit, Bin: Grid.BinOf(row.Value)))
        .Select(same => new UnitBin(same.Key.Bin, same.Key.Unit, same.Count(), same.Sum(row => row.Value), same.Max(row => row.Value)));

    /// <summary>As DuckDB's QUANTILE_CONT.</summary>
    private static double Quantile(double[] sorted, double fraction)
    {
        var rank = fraction * (sorted.Length - 1);
        var (below, above) = (sorted[(int)Math.Floor(rank)], sorted[(int)Math.Ceiling(rank)]);
        return below + ((above - below) * (rank - Math.Floor(rank)));
    }

    private static void AssertWithin(double exact, JointRow row, int column)
    {
        var shown = row.Values[column].DoubleValue;
        var (low, high) = row.Bounds?[column] is { } bounds ? (bounds.Low, bounds.High) : (shown, shown);
        Assert.InRange(exact, low - (1e-13 * Math.Abs(low)), high + (1e-13 * Math.Abs(high)));
        Assert.InRange(shown, low, high);
    }

    private static ProductDefinition Gridded()
    {
        var definition = Samples.ReadingsDefinition();
        var kwh = definition.Columns.Single(column => column.Name == "kwh");
        (kwh.Step, kwh.Bounds) = (Step, new Protocol.Catalog.V1.Interval { Low = -20, High = 20 });
        return definition;
    }
}
