using Exchange.Engines.Sqlite;
using SQLitePCL;

namespace Exchange.Engines.Publishing;

/// <summary>Counts the rows of each unit; rows without a unit id are one unit.</summary>
internal sealed class UnitRows
{
    private readonly Dictionary<object, long> _rows = [];
    private long _withoutUnit;

    /// <summary>The most rows of one unit, at least 1.</summary>
    public long Max => Math.Max(1, Math.Max(_withoutUnit, _rows.Count == 0 ? 0 : _rows.Values.Max()));

    /// <summary>Takes in a row of that unit.</summary>
    public void Add(object? unit)
    {
        if (unit is null)
        {
            _withoutUnit++;
            return;
        }

        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_rows, unit, out _)++;
    }

    /// <summary>Takes in the rows of a stored part.</summary>
    public void AddPart(SqliteTable part, StoredColumn unit, CancellationToken cancellationToken)
    {
        using var scan = part.Scan([unit.Name]);
        while (scan.Read(cancellationToken))
        {
            Add(scan.TypeOf(0) switch
            {
                raw.SQLITE_NULL => null,
                raw.SQLITE_INTEGER when unit.Type.Kind == Protocol.Catalog.V1.TypeKind.Decimal => (Int128)scan.Whole(0),
                raw.SQLITE_INTEGER => scan.Whole(0),
                raw.SQLITE_FLOAT => scan.Real(0),
                _ when unit.Type.Kind == Protocol.Catalog.V1.TypeKind.Decimal && Decimals.TryParse(scan.Text(0), 38, unit.Type.Scale, out var unscaled) => unscaled,
                _ => scan.Text(0),
            });
        }
    }
}
