using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Execution;
using Exchange.Query.Merging;

namespace Exchange.Query.Tests.Merging;

public sealed class AnswerCodecTests
{
    private static readonly Fragment Asked = QueryCompiler.Compile(
        "SELECT region, kwh_band, \"PM2.5\", night, day, COUNT(*), SUM(price), SUM(kwh), VAR_POP(kwh), CORR(kwh, loss) FROM readings GROUP BY ALL",
        [Samples.Readings]).Fragment;

    [Fact]
    public void Cells_come_back_as_they_were_sent()
    {
        var cells = Cells();

        var back = AnswerCodec.Decode(FragmentAnswer.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(Encoded())), Asked, Samples.Readings, 2);

        Assert.Equal(cells.Count, back.Count);
        for (var i = 0; i < cells.Count; i++)
        {
            Assert.Equal(cells[i].Key, back[i].Key);
            Assert.Equal(cells[i].States, back[i].States);
        }
    }

    public static TheoryData<string> Faults() => new(Changes.Keys);

    [Theory]
    [MemberData(nameof(Faults))]
    public void Faulty_answer_is_refused(string fault)
    {
        var answer = Encoded();
        Changes[fault](answer);

        var error = Assert.Throws<ExchangeException>(() => AnswerCodec.Decode(answer, Asked, Samples.Readings, 2));
        Assert.Equal(Reasons.AnswerInvalid, error.Reason);
    }

    [Fact]
    public void Cells_beyond_the_bound_are_refused()
    {
        Assert.Equal(2, AnswerCodec.Decode(Encoded(), Asked, Samples.Readings, 2).Count);
        Assert.Equal(Reasons.AnswerInvalid, Assert.Throws<ExchangeException>(() => AnswerCodec.Decode(Encoded(), Asked, Samples.Readings, 1)).Reason);
    }

    [Fact]
    public void Decimal_keys_in_any_notation_are_one_key()
    {
        var definition = Samples.ReadingsDefinition();
        definition.Columns.Add(new Exchange.Protocol.Catalog.V1.ColumnDefinition
        {
            Name = "tariff",
            Role = Exchange.Protocol.Catalog.V1.ColumnRole.Dimension,
            Type = Samples.Type(Exchange.Protocol.Catalog.V1.TypeKind.Decimal, 38, 2),
        });
        var product = Samples.ProductOf(definition);
        var fragment = QueryCompiler.Compile("SELECT tariff, COUNT(*) FROM readings GROUP BY 1", [product]).Fragment;

        IReadOnlyList<ReleasedCell> Decoded(string key) =>
            AnswerCodec.Decode(AnswerCodec.Encode(fragment, product, [new ReleasedCell([key], [new PartialState(1)])]), fragment, product, 10);

        Assert.Equal("1.50", Decoded("1.5")[0].Key[0]);
        Assert.Equal("0.00", Decoded("0")[0].Key[0]);
        foreach (var bad in new[] { "", "-", "1.505", "1e3", " 1", new string('9', 37), new string('9', 38) })
        {
            Assert.Equal(Reasons.AnswerInvalid, Assert.Throws<ExchangeException>(() => Decoded(bad)).Reason);
        }
    }

    private static readonly Dictionary<string, Action<FragmentAnswer>> Changes = new()
    {
        ["fewer cells than values"] = answer => answer.CellCount = 1,
        ["more cells than values"] = answer => answer.CellCount = 3,
        ["negative cells"] = answer => answer.CellCount = -1,
        ["negative withheld"] = answer => answer.SuppressedCells = -1,
        ["withheld by rules in another number"] = answer => answer.Hidden.Add(new HiddenCells { Rule = HidingRule.Threshold, Cells = answer.SuppressedCells + 1 }),
        ["withheld by no rule"] = answer => answer.Hidden.Add(new HiddenCells { Cells = answer.SuppressedCells }),
        ["withheld by a rule twice"] = answer => answer.Hidden.Add(Enumerable.Repeat(new HiddenCells { Rule = HidingRule.Threshold, Cells = 1 }, 2)),
        ["no keys"] = answer => answer.Keys.Clear(),
        ["a key more"] = answer => answer.Keys.Add(new KeyColumn()),
        ["no states"] = answer => answer.States.Clear(),
        ["keys of another type"] = answer => answer.Keys[0] = answer.Keys[1],
        ["short keys"] = answer => answer.Keys[0].Strings.RemoveAt(0),
        ["short nulls"] = answer => answer.Keys[0].Nulls.Add(true),
        ["key twice"] = answer => answer.Keys.ToList().ForEach(MakeEqual),
        ["endless key"] = answer => answer.Keys[2].Doubles[0] = double.NaN,
        ["third truth"] = answer => answer.Keys[3].Ints[0] = 2,
        ["day beyond the calendar"] = answer => answer.Keys[4].Ints[0] = long.MaxValue,
        ["long key"] = answer => answer.Keys[0].Strings[0] = new string('x', 10_001),
        ["negative count"] = answer => answer.States[0].Counts[0] = -1,
        ["count beyond the bound"] = answer => answer.States[0].Counts[0] = long.MaxValue,
        ["short counts"] = answer => answer.States[0].Counts.RemoveAt(0),
        ["half an exact sum"] = answer => answer.States[1].ExactLow.Clear(),
        ["doubles for an exact sum"] = answer => answer.States[1].X.AddRange([1, 2]),
        ["endless sum"] = answer => answer.States[2].X[0] = double.PositiveInfinity,
        ["squares missing"] = answer => answer.States[3].Xx.Clear(),
        ["negative squares"] = answer => answer.States[3].Xx[0] = -1,
        ["products that are no number"] = answer => answer.States[4].Xy[0] = double.NaN,
        ["sum of nothing"] = answer => answer.States[2].Counts[0] = 0,
    };

    private static void MakeEqual(KeyColumn key)
    {
        key.Nulls.Clear();
        key.Strings.Skip(1).ToList().ForEach(_ => key.Strings[1] = key.Strings[0]);
        key.Ints.Skip(1).ToList().ForEach(_ => key.Ints[1] = key.Ints[0]);
        key.Doubles.Skip(1).ToList().ForEach(_ => key.Doubles[1] = key.Doubles[0]);
    }

    private static FragmentAnswer Encoded() => AnswerCodec.Encode(Asked, Samples.Readings, Cells());

    private static List<ReleasedCell> Cells() =>
    [
        new(["north", 3L, 2.5, 1L, 19_000L], [new(3), new(2, Int128.MinValue / 3), new(3, X: -1.5), new(3, X: 1, XX: 2), new(2, X: 1, Y: 2, XX: 3, YY: 4, XY: -5)]),
        new([null, 0L, null, 0L, -1L], [new(1), new(0), new(1, X: 1e300), new(1, X: 4, XX: 16), new(0)]),
    ];
}
