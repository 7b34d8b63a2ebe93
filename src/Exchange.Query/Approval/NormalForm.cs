using Exchange.Protocol.Query.V1;
using Google.Protobuf;

namespace Exchange.Query.Approval;

/// <summary>
/// The one form of all the ways to write a question, so that asking it again in other words is asking it again: keys and aggregates
/// sorted and without repetition, conditions with AND and OR flattened and sorted, NOT moved inwards and comparisons with the
/// constant on the right. Each step keeps SQL's three-valued meaning.
/// </summary>
public sealed class NormalForm
{
    private NormalForm(Fragment fragment, IReadOnlyList<int> keys, IReadOnlyList<int> aggregates)
    {
        Fragment = fragment;
        Keys = keys;
        Aggregates = aggregates;
    }

    /// <summary>The normal form, a fragment of its own.</summary>
    public Fragment Fragment { get; }

    /// <summary>Per key as asked, its place in the normal form.</summary>
    public IReadOnlyList<int> Keys { get; }

    /// <summary>Per aggregate as asked, its place in the normal form.</summary>
    public IReadOnlyList<int> Aggregates { get; }

    /// <summary>The normal form of a fragment that was approved, so that its expressions are well-formed and bounded.</summary>
    public static NormalForm Of(Fragment fragment)
    {
        var form = new Fragment { Product = fragment.Product, ProductHash = fragment.ProductHash, Where = Condition(fragment.Where) };
        var keys = Sorted(fragment.GroupBy, key => key, form.GroupBy.Add);
        var aggregates = Sorted(fragment.Aggregates, Aggregate, form.Aggregates.Add);
        return new NormalForm(form, keys, aggregates);
    }

    private static List<int> Sorted<T>(IEnumerable<T> asked, Func<T, T> normal, Action<T> add)
        where T : IMessage<T>
    {
        var texts = asked.Select(one => normal(one)).Select(one => (Form: one, Text: one.ToByteString().ToBase64())).ToList();
        var distinct = texts.DistinctBy(one => one.Text).OrderBy(one => one.Text, StringComparer.Ordinal).ToList();
        distinct.ForEach(one => add(one.Form));
        return [.. texts.Select(one => distinct.FindIndex(other => other.Text == one.Text))];
    }

    private static Aggregate Aggregate(Aggregate aggregate)
    {
        var form = aggregate.Clone();
        form.Filter = Condition(aggregate.Filter);
        // Where moments are taken about is the asker's affair alone.
        (form.ShiftX, form.ShiftY) = (0, 0);
        return form;
    }

    private static Expression? Condition(Expression? condition) => condition is null ? null : Condition(condition, isNegated: false);

    private static Expression Condition(Expression condition, bool isNegated)
    {
        if (condition.KindCase != Expression.KindOneofCase.Call)
        {
            return isNegated ? Call(Operator.Not, condition) : condition.Clone();
        }

        var call = condition.Call;
        switch (call.Operator)
        {
            case Operator.Not:
                return Condition(call.Arguments[0], !isNegated);
            case Operator.And or Operator.Or:
                return Joined((call.Operator == Operator.And) == isNegated ? Operator.Or : Operator.And, call.Arguments.Select(part => Condition(part, isNegated)));
            case Operator.IsNull or Operator.IsNotNull:
                return Call((call.Operator == Operator.IsNull) == isNegated ? Operator.IsNotNull : Operator.IsNull, call.Arguments[0]);
            case >= Operator.Equal and <= Operator.GreaterOrEqual:
                return Comparison(isNegated ? Opposite(call.Operator) : call.Operator, call.Arguments[0], call.Arguments[1]);
            case Operator.In:
                var list = Call(Operator.In, [call.Arguments[0], .. call.Arguments.Skip(1).DistinctBy(TextOf).OrderBy(TextOf, StringComparer.Ordinal)]);
                var single = list.Call.Arguments.Count == 2 ? Comparison(Operator.Equal, list.Call.Arguments[0], list.Call.Arguments[1]) : list;
                return !isNegated ? single : ReferenceEquals(single, list) ? Call(Operator.Not, list) : Comparison(Operator.NotEqual, list.Call.Arguments[0], list.Call.Arguments[1]);
            default:
                return isNegated ? Call(Operator.Not, condition) : condition.Clone();
        }
    }

    private static Expression Joined(Operator function, IEnumerable<Expression> parts)
    {
        var flat = parts.SelectMany(part => part.KindCase == Expression.KindOneofCase.Call && part.Call.Operator == function ? part.Call.Arguments : [part])
            .DistinctBy(TextOf).OrderBy(TextOf, StringComparer.Ordinal).ToArray();
        return flat.Length == 1 ? flat[0] : Call(function, flat);
    }

    // The constant on the right; of two that are none, the one that sorts first on the left.
    private static Expression Comparison(Operator function, Expression left, Expression right)
    {
        var (isLeftConstant, isRightConstant) = (left.KindCase == Expression.KindOneofCase.Literal, right.KindCase == Expression.KindOneofCase.Literal);
        var turn = isLeftConstant != isRightConstant ? isLeftConstant : string.CompareOrdinal(TextOf(left), TextOf(right)) > 0;
        return turn ? Call(Mirrored(function), right, left) : Call(function, left, right);
    }

    private static Operator Opposite(Operator function) => function switch
    {
        Operator.Equal => Operator.NotEqual,
        Operator.NotEqual => Operator.Equal,
        Operator.Less => Operator.GreaterOrEqual,
        Operator.LessOrEqual => Operator.Greater,
        Operator.Greater => Operator.LessOrEqual,
        _ => Operator.Less,
    };

    private static Operator Mirrored(Operator function) => function switch
    {
        Operator.Less => Operator.Greater,
        Operator.LessOrEqual => Operator.GreaterOrEqual,
        Operator.Greater => Operator.Less,
        Operator.GreaterOrEqual => Operator.LessOrEqual,
        _ => function,
    };

    private static string TextOf(Expression expression) => expression.ToByteString().ToBase64();

    private static Expression Call(Operator function, params Expression[] arguments) => new() { Call = new Call { Operator = function, Arguments = { arguments.Select(argument => argument.Clone()) } } };
}
