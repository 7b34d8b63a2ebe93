using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Execution;

namespace Exchange.Node.Sessions;

/// <summary>Figures of a block as states that add up over blocks and members.</summary>
internal static class TableStates
{
    /// <summary>The state of a count, a sum, or moments about the aggregate's shift.</summary>
    public static PartialState Of(Aggregate aggregate, MeasureFigures figures, TableMeasure measure)
    {
        if (figures.Values == 0)
        {
            return default;
        }

        switch (aggregate.Kind)
        {
            case AggregateKind.Count:
                return new PartialState(figures.Values);
            case AggregateKind.Sum:
                return figures.Sum.IsFloating ? new PartialState(figures.Values, X: figures.Sum.Floating) : new PartialState(figures.Values, figures.Sum.Exact);
            default:
                var difference = (figures.Sum.ToDouble(measure.Scale) / figures.Values) - aggregate.ShiftX;
                var squares = figures.SquaredDeviations ?? throw new InvalidOperationException("A block without squares is in no part of second moments.");
                return new PartialState(figures.Values, X: figures.Values * difference, XX: squares + (figures.Values * difference * difference));
        }
    }
}
