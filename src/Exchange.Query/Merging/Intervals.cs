using System.Globalization;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Expressions;

namespace Exchange.Query.Merging;

/// <summary>How the interval of a column with cuts is shown: travelled and sorted as a number, printed as <c>[0,20)</c>.</summary>
public static class Intervals
{
    /// <summary>The cuts of an output that is such a key; null for any other.</summary>
    internal static IReadOnlyList<double>? CutsOf(BoundExpression output) =>
        output is BoundKey { Key: BoundCall { Operator: Operator.Bucket, Arguments: [BoundColumn column] } } ? column.Column.Cuts : null;

    /// <summary>The type the asker sees.</summary>
    internal static ColumnType ShownType(BoundExpression output) => CutsOf(output) is null ? output.Type ?? ColumnTypes.String : ColumnTypes.String;

    /// <summary>The interval with that number: 0 is below the first cut.</summary>
    public static string LabelOf(IReadOnlyList<double> cuts, long number) =>
        number <= 0 ? $"<{Text(cuts[0])}"
        : number >= cuts.Count ? $">={Text(cuts[^1])}"
        : $"[{Text(cuts[(int)number - 1])},{Text(cuts[(int)number])})";

    private static string Text(double cut) => cut.ToString("R", CultureInfo.InvariantCulture);
}
