using CsCheck;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Google.Protobuf;
using static Exchange.Query.Tests.Plans;

namespace Exchange.Query.Tests.Approval;

/// <summary>No fragment, however made, may end in anything but an approval or a refusal.</summary>
public sealed class FragmentFuzz
{
    private static readonly string[] Names = [.. Samples.Readings.Columns.Keys, "", "nothing"];

    private static readonly Value[] Values =
    [
        new(), new() { StringValue = "x" }, new() { DecimalValue = "1.5" }, new() { DecimalValue = "x" },
        new() { BoolValue = true }, new() { DateValue = 7 }, new() { TimestampValue = 7 },
    ];

    private static readonly Gen<Expression> Leaves = Gen.OneOf(
        Gen.Int[0, Names.Length - 1].Select(i => Column(Names[i])),
        Gen.Long.Select(Int),
        Gen.Double.Select(Double),
        Gen.Int[0, Values.Length - 1].Select(i => Literal(Values[i])),
        Gen.Const(new Expression()));

    private static readonly Gen<Expression> Expressions = Grow(Grow(Grow(Leaves)));

    private static readonly Gen<Aggregate> Aggregates = Gen.Select(Gen.Int[-1, 7], Expressions, Expressions, Expressions, Gen.Double, Gen.Int[0, 7],
        (kind, argument, second, filter, shift, present) => new Aggregate
        {
            Kind = (AggregateKind)kind,
            Argument = (present & 1) != 0 ? argument : null,
            SecondArgument = (present & 2) != 0 ? second : null,
            Filter = (present & 4) != 0 ? filter : null,
            ShiftX = shift,
        });

    [Fact]
    public void Random_plans_are_approved_or_refused() =>
        Gen.Select(Expressions.Array[0, 3], Aggregates.Array[0, 3], Expressions, Gen.Bool).Sample(
            (keys, aggregates, where, filtered) =>
            {
                var fragment = Fragment();
                fragment.Aggregates.Clear();
                fragment.GroupBy.AddRange(keys);
                fragment.Aggregates.AddRange(aggregates);
                fragment.Where = filtered ? where : null;
                Refusal(fragment);
            },
            iter: 20_000);

    [Fact]
    public void Random_bytes_that_parse_are_approved_or_refused()
    {
        var good = Fragment(Aggregate(AggregateKind.Comoments, "kwh", "loss", Call(Operator.In, Column("age"), Int(1), Int(2))));
        good.GroupBy.Add(Call(Operator.DateTrunc, Grain.Month, Column("month")));
        var bytes = good.ToByteArray();
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte, Gen.Int[0, bytes.Length - 1], Gen.Byte).Sample(
            (first, one, second, other) =>
            {
                var changed = (byte[])bytes.Clone();
                (changed[first], changed[second]) = (one, other);
                if (Parsed(changed) is { } fragment)
                {
                    Refusal(fragment);
                }
            },
            iter: 20_000);
    }

    private static Fragment? Parsed(byte[] bytes)
    {
        try
        {
            return Exchange.Protocol.Query.V1.Fragment.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static Gen<Expression> Grow(Gen<Expression> inner) => Gen.OneOf(
        inner,
        Gen.Select(Gen.Int[-1, 22], Gen.Int[-1, 8], inner.Array[0, 3], (function, grain, arguments) => Call((Operator)function, (Grain)grain, arguments)),
        Gen.Select(inner, inner, inner, Gen.Bool, (condition, result, otherwise, has) => has ? Case((condition, result)).Else(otherwise) : Case((condition, result))));
}
