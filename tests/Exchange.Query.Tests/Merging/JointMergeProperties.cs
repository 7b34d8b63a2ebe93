using CsCheck;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Compilation;
using Exchange.Query.Expressions;
using Exchange.Query.Merging;
using Row = System.Collections.Generic.IReadOnlyDictionary<string, object?>;

namespace Exchange.Query.Tests.Merging;

/// <summary>
/// Any split of any table, merged in any order, equals the pooled answer: exactly for counts, ints and decimals, within
/// 1e-12·Σ|x| for sums of doubles, within 1e-12·Σ(x−m)² for second moments. To the last the states themselves, sums of doubles
/// about a fixed shift, add a rounding of a few units in the last place of Σ(x−shift)².
/// </summary>
public sealed class JointMergeProperties
{
    private const string Sql = """
        SELECT region, age, COUNT(*), COUNT(loss), SUM(units), AVG(units), SUM(price), AVG(price), SUM(loss), AVG(loss),
               SUM(loss) FILTER (WHERE kwh_band > 100), VAR_SAMP(kwh), STDDEV_POP(kwh), COVAR_SAMP(kwh, loss), CORR(kwh, loss), VAR_POP(loss), SUM(kwh * kwh)
        FROM readings GROUP BY region, age
        """;

    private static readonly CompiledQuery Query = QueryCompiler.Compile(Sql, [Samples.Readings]);
    private static readonly ApprovedFragment Fragment = FragmentPolicy.Approve(Query.Fragment, Samples.Readings, Samples.Terms(), new FragmentLimits());

    private static readonly Gen<object?> Nothing = Gen.Bool.Select(_ => (object?)null);

    private static readonly Gen<Row> Rows = Gen.Select(
        Gen.Bool.Select(north => (object?)(north ? "north" : "south")),
        Gen.OneOf(Nothing, Gen.Int[0, 3].Select(age => (object?)(Int128)age)),
        Gen.Double[0, 500].Select(kwh => (object?)kwh),
        Gen.OneOf(Nothing, Gen.Double[-1e6, 1e6].Select(loss => (object?)loss), Gen.Double[-1e-6, 1e-6].Select(loss => (object?)loss)),
        Gen.OneOf(Nothing, Gen.Long.Select(units => (object?)(Int128)units)),
        Gen.OneOf(Nothing, Gen.Long[-99_999_999_999, 99_999_999_999].Select(price => (object?)new ExactDecimal(price, 2))),
        (region, age, kwh, loss, units, price) => (Row)new Dictionary<string, object?>
        {
            ["region"] = region,
            ["age"] = age,
            ["kwh"] = kwh,
            ["loss"] = loss,
            ["units"] = units,
            ["price"] = price,
        });

    [Fact]
    public void Any_split_in_any_order_merges_to_the_pooled_answer() =>
        Gen.Select(Rows.Array[0, 120], Gen.Int[1, 8], Gen.Int).Sample(
            (rows, owners, seed) =>
            {
                var parts = Split(rows, owners, seed);
                var merged = Query.Merge(parts).Rows;
                var shuffled = Query.Merge(Enumerable.Reverse(parts).ToList()).Rows;

                Assert.Equal(merged.Select(row => row.Values), shuffled.Select(row => row.Values));
                CheckAgainstPooled(rows, merged);
            },
            iter: 500);

    /// <summary>Each part goes over the wire form on its way.</summary>
    private static List<ParticipantCells> Split(Row[] rows, int owners, int seed)
    {
        var random = new Random(seed);
        var owned = rows.ToLookup(_ => random.Next(owners));
        return Enumerable.Range(0, owners).Select(owner =>
        {
            var wire = AnswerCodec.Encode(Query.Fragment, Samples.Readings, RowEngine.Run(Fragment, owned[owner]));
            return new ParticipantCells("owner-" + owner, AnswerCodec.Decode(FragmentAnswer.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(wire)), Query.Fragment, Samples.Readings, 1000));
        }).ToList();
    }

    private static void CheckAgainstPooled(Row[] rows, IReadOnlyList<JointRow> merged)
    {
        var pooled = rows.GroupBy(row => (row["region"], row["age"])).ToDictionary(group => group.Key, group => group.ToList());
        Assert.Equal(pooled.Count, merged.Count);
        foreach (var row in merged)
        {
            var values = row.Values.Select(ReleasedValues.OfValue).ToList();
            CheckRow(pooled[(values[0], values[1])], values);
        }
    }

    private static void CheckRow(List<Row> group, List<object?> values)
    {
        var units = group.Select(row => row["units"]).OfType<Int128>().ToList();
        var prices = group.Select(row => row["price"]).OfType<ExactDecimal>().Select(price => price.Unscaled).ToList();
        var losses = group.Select(row => row["loss"]).OfType<double>().ToList();
        var kwhs = group.Select(row => (double)row["kwh"]!).ToList();
        var both = group.Where(row => row["loss"] is not null).ToList();
        var (x, y) = (both.Select(row => (double)row["kwh"]!).ToList(), both.Select(row => (double)row["loss"]!).ToList());

        Assert.Equal((Int128)group.Count, values[2]);
        Assert.Equal((Int128)losses.Count, values[3]);
        Exact(units.Count, units.Aggregate((Int128)0, (sum, one) => sum + one), 0, values[4]);
        Near(units.Count > 0 ? (double)units.Aggregate((Int128)0, (sum, one) => sum + one) / units.Count : null, values[5], 1e-12 * Math.Abs((double)(values[5] ?? 0.0)));
        Exact(prices.Count, prices.Aggregate((Int128)0, (sum, one) => sum + one), 2, values[6]);
        Near(prices.Count > 0 ? (double)prices.Aggregate((Int128)0, (sum, one) => sum + one) / 100 / prices.Count : null, values[7], 1e-12 * Math.Abs((double)(values[7] ?? 0.0)));
        NearSum(losses, values[8], 1);
        NearSum(losses, values[9], losses.Count);
        NearSum(group.Where(row => (double)row["kwh"]! > 100).Select(row => row["loss"]).OfType<double>().ToList(), values[10], 1);

        var (mk, ml) = (Exactly.Comoment(kwhs, kwhs), Exactly.Comoment(losses, losses));
        var (tk, tl) = (Tolerance(mk, kwhs, 250), Tolerance(ml, losses, 0));
        Near(kwhs.Count > 1 ? mk / (kwhs.Count - 1) : null, values[11], tk);
        Near(mk / kwhs.Count, (double)values[12]! * (double)values[12]!, tk);
        var (mx, my) = (Exactly.Comoment(x, x), Exactly.Comoment(y, y));
        Near(x.Count > 1 ? Exactly.Comoment(x, y) / (x.Count - 1) : null, values[13],
            1e-12 * Math.Sqrt(mx * my) + 1e-15 * x.Zip(y, (one, other) => Math.Abs((one - 250) * other)).Sum());
        Assert.True(values[14] is null or >= -1.0 and <= 1.0);
        Near(losses.Count > 0 ? ml / losses.Count : null, values[15], tl);
        NearSum(kwhs.Select(kwh => kwh * kwh).ToList(), values[16], 1);
    }

    private static double Tolerance(double moment, IEnumerable<double> values, double shift) => 1e-12 * moment + 1e-15 * values.Sum(value => (value - shift) * (value - shift));

    private static void Exact(int count, Int128 unscaled, int scale, object? actual)
    {
        if (count == 0)
        {
            Assert.Null(actual);
            return;
        }

        Assert.Equal(0, new ExactDecimal(unscaled, scale).CompareTo(actual is Int128 number ? new ExactDecimal(number, 0) : (ExactDecimal)actual!));
    }

    private static void NearSum(List<double> values, object? actual, double divisor) =>
        Near(values.Count > 0 ? Exactly.Sum(values) / divisor : null, actual, 1e-12 * values.Sum(Math.Abs) / Math.Max(1, divisor));

    private static void Near(double? expected, object? actual, double tolerance)
    {
        if (expected is null)
        {
            Assert.Null(actual);
            return;
        }

        var error = Math.Abs(expected.Value - (double)actual!);
        Assert.True(error <= tolerance, $"{expected:R} and {actual:R} differ by {error:E}, more than {tolerance:E}.");
    }
}
