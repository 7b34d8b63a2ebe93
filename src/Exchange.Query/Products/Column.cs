using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Products;

/// <summary>One column of a product, or one derived measure.</summary>
public sealed class Column
{
    /// <summary>The logical name, as queries use it.</summary>
    public required string Name { get; init; }

    /// <summary>The column of the stored data that holds it: the <c>from</c> column, else itself. Unused for a derived measure.</summary>
    public required string SourceName { get; init; }

    /// <summary>Type of its raw values.</summary>
    public required ColumnType Type { get; init; }

    /// <summary>What it is for; a derived measure is a measure.</summary>
    public required ColumnRole Role { get; init; }

    /// <summary>The definition; null for a derived measure.</summary>
    public ColumnDefinition? Definition { get; init; }

    /// <summary>What a derived measure is computed from; null for a stored column.</summary>
    public Expression? Derived { get; init; }

    /// <summary>Ascending cut points of a dimension that groups by intervals; empty for none.</summary>
    public IReadOnlyList<double> Cuts { get; init; } = [];

    /// <summary>Calendar unit a dimension groups by.</summary>
    public Grain Grain { get; init; }

    /// <summary>Lowest and highest value a measure may take; null when none is declared (of a derived measure: computed, when it can be).</summary>
    public Interval? Bounds { get; init; }

    /// <summary>Never NULL: declared <c>required</c>, or made only from columns that are.</summary>
    public bool Required { get; init; }
}
