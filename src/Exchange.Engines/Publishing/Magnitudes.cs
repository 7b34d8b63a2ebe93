using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Engines.Publishing;

/// <summary>The largest |x| of each stored measure of numbers, gathered from rows or parts.</summary>
internal sealed class Magnitudes
{
    private readonly IReadOnlyList<StoredColumn> _columns;
    private readonly double[] _largest;

    public Magnitudes(Product product)
    {
        _columns = StoredColumn.Of(product);
        _largest = new double[_columns.Count];
        Positions = [.. Enumerable.Range(0, _columns.Count).Where(index => product.Columns[_columns[index].Name].Role == ColumnRole.Measure
            && _columns[index].Type.Kind is TypeKind.Int or TypeKind.Double or TypeKind.Decimal)];
    }

    /// <summary>Positions of the measures among the stored columns.</summary>
    public IReadOnlyList<int> Positions { get; }

    /// <summary>Name of the column at a position.</summary>
    public string NameOf(int position) => _columns[position].Name;

    /// <summary>Takes in a value.</summary>
    public void Add(int position, double value) => _largest[position] = Math.Max(_largest[position], Math.Abs(value));

    /// <summary>Takes in a checked row.</summary>
    public void Add(object?[] values)
    {
        foreach (var position in Positions)
        {
            Add(position, values[position] switch
            {
                long whole => whole,
                double real => real,
                Int128 unscaled => Decimals.ToDouble(unscaled, _columns[position].Type.Scale),
                _ => 0,
            });
        }
    }

    /// <summary>Of the rows taken in and of those before them; null when it was not noted of those.</summary>
    public IReadOnlyDictionary<string, double>? With(DatasetSource? before)
    {
        if (before is { Magnitudes: null })
        {
            return null;
        }

        return Positions.Where(position => before?.Magnitudes!.ContainsKey(NameOf(position)) != false)
            .ToDictionary(NameOf, position => Math.Max(_largest[position], before?.Magnitudes![NameOf(position)] ?? 0));
    }
}
