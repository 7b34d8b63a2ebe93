using System.Globalization;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Google.Protobuf;

namespace Exchange.Query.Compilation;

/// <summary>
/// BoundQuery → LogicalPlan: splits every aggregate into a state that merges exactly and a last step at the asker, and shares
/// equal states. <c>participant</c> becomes a key of the merge: owners never see it.
/// </summary>
internal sealed class QueryPlanner
{
    private readonly BoundQuery _query;
    private readonly Fragment _fragment;
    private readonly List<int> _keySources = [];
    private readonly List<Figure> _figures = [];
    private readonly Dictionary<string, BoundFigure> _figuresByText = new(StringComparer.Ordinal);
    private readonly Dictionary<ByteString, int> _states = [];
    private readonly List<string> _stateTexts = [];

    private QueryPlanner(BoundQuery query)
    {
        _query = query;
        _fragment = new Fragment { Product = query.Product.Id, ProductHash = ByteString.CopyFrom(query.Product.Hash) };
    }

    public static LogicalPlan Plan(BoundQuery query) => new QueryPlanner(query).Plan();

    private LogicalPlan Plan()
    {
        _fragment.Where = _query.Where is null ? null : PlanExpressions.Of(_query.Where);
        foreach (var key in _query.Keys)
        {
            _keySources.Add(key is BoundParticipant ? -1 : _fragment.GroupBy.Count);
            if (key is not BoundParticipant)
            {
                _fragment.GroupBy.Add(PlanExpressions.Of(key));
            }
        }

        var query = _query with
        {
            Outputs = _query.Outputs.Select(output => output with { Expression = WithFigures(output.Expression) }).ToList(),
            Having = _query.Having is null ? null : WithFigures(_query.Having),
            OrderBy = _query.OrderBy.Select(order => order with { Expression = WithFigures(order.Expression) }).ToList(),
        };
        if (_fragment.Aggregates.Count == 0)
        {
            StateOf(new Aggregate { Kind = AggregateKind.CountRows }, "count of rows");
        }

        return new LogicalPlan(query, _fragment, _keySources, _figures, _stateTexts);
    }

    private BoundExpression WithFigures(BoundExpression expression) => expression switch
    {
        BoundAggregate aggregate => FigureOf(aggregate),
        BoundCall call => call with { Arguments = call.Arguments.Select(WithFigures).ToList() },
        BoundCase @case => @case with
        {
            Branches = @case.Branches.Select(branch => (WithFigures(branch.Condition), WithFigures(branch.Result))).ToList(),
            Otherwise = @case.Otherwise is null ? null : WithFigures(@case.Otherwise),
        },
        _ => expression,
    };

    private BoundFigure FigureOf(BoundAggregate aggregate)
    {
        var text = BoundText.Of(aggregate);
        if (!_figuresByText.TryGetValue(text, out var figure))
        {
            figure = new BoundFigure(_figures.Count, aggregate);
            var partial = PartialOf(aggregate);
            _figures.Add(new Figure(aggregate.Function, StateOf(partial, TextOf(partial, aggregate)), aggregate.Argument?.Type, aggregate.Fraction));
            _figuresByText.Add(text, figure);
        }

        return figure;
    }

    private Aggregate PartialOf(BoundAggregate aggregate)
    {
        var partial = new Aggregate
        {
            Kind = aggregate.Function switch
            {
                AggregateFunction.CountRows => AggregateKind.CountRows,
                AggregateFunction.Count => AggregateKind.Count,
                AggregateFunction.Sum or AggregateFunction.Avg => AggregateKind.Sum,
                < AggregateFunction.Corr => AggregateKind.Moments,
                AggregateFunction.Min or AggregateFunction.Max => AggregateKind.Range,
                AggregateFunction.Quantile => AggregateKind.Histogram,
                AggregateFunction.CountUnits => AggregateKind.Units,
                _ => AggregateKind.Comoments,
            },
            Argument = aggregate.Argument is null ? null : PlanExpressions.Of(aggregate.Argument),
            SecondArgument = aggregate.Second is null ? null : PlanExpressions.Of(aggregate.Second),
            Filter = aggregate.Filter is null ? null : PlanExpressions.Of(aggregate.Filter),
        };
        partial.ShiftX = partial.Kind is AggregateKind.Moments or AggregateKind.Comoments ? ShiftOf(partial.Argument!) : 0;
        partial.ShiftY = partial.Kind == AggregateKind.Comoments ? ShiftOf(partial.SecondArgument!) : 0;
        return partial;
    }

    private int StateOf(Aggregate partial, string text)
    {
        var identity = partial.ToByteString();
        if (!_states.TryGetValue(identity, out var place))
        {
            place = _fragment.Aggregates.Count;
            _fragment.Aggregates.Add(partial);
            _states.Add(identity, place);
            _stateTexts.Add(text);
        }

        return place;
    }

    private static string TextOf(Aggregate partial, BoundAggregate aggregate)
    {
        var (x, y) = (aggregate.Argument is null ? "" : BoundText.Of(aggregate.Argument), aggregate.Second is null ? "" : BoundText.Of(aggregate.Second));
        var text = partial.Kind switch
        {
            AggregateKind.CountRows => "count of rows",
            AggregateKind.Count => $"count of {x}",
            AggregateKind.Sum => $"sum of {x}",
            AggregateKind.Moments => string.Create(CultureInfo.InvariantCulture, $"moments of {x} about {partial.ShiftX}"),
            AggregateKind.Range => $"least and greatest of {x} by bins",
            AggregateKind.Histogram => $"histogram of {x}",
            AggregateKind.Units => $"units by {x}",
            _ => string.Create(CultureInfo.InvariantCulture, $"moments of {x} about {partial.ShiftX} with {y} about {partial.ShiftY}"),
        };
        return aggregate.Filter is null ? text : $"{text} where {BoundText.Of(aggregate.Filter)}";
    }

    /// <summary>The middle of the argument's bounds keeps the moments about it small; without bounds it is zero.</summary>
    private double ShiftOf(Expression argument) =>
        ExpressionBounds.Of(argument, _query.Product.Columns) is { } bounds ? bounds.Low / 2 + bounds.High / 2 : 0;
}
