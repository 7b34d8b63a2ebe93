using System.Globalization;
using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Node.SafeTables;

/// <summary>
/// Collects, in one scan of the engine, what every unit has in every combination of dimension values. Where units have few rows that is
/// the rows themselves: the rules add up a unit's records anyway.
/// </summary>
internal sealed class TableContents
{
    /// <summary>Up to so many rows of any unit, the engine hands over rows: grouping them by unit costs it more than fewer records save.</summary>
    private const int RowsOfUnitMax = 16;

    /// <summary>Most rows times measures that are held row by row, about a gigabyte.</summary>
    private const long ValuesMax = 64_000_000;

    /// <summary>Room is made beforehand for at most so many; where there are more, it grows.</summary>
    private const int RowsExpectedMax = (int)ValuesMax;

    private readonly TableScan _scan;
    private readonly TableLayout _layout;
    private readonly List<List<string?>> _labels;
    private readonly KeyNumbers[] _codes;
    private readonly int[] _code;
    private readonly TypeKind[] _kinds;
    private readonly int[] _keys;
    private readonly KeyNumbers _units;
    private readonly UnitContributions _contributions;
    private Func<string?[], bool>? _takes;

    private TableContents(Product product, TableDesign design, SafeTable? known, bool rowByRow, long rows)
    {
        (_scan, _layout, _labels) = design.Plan(product, rowByRow);
        _kinds = [.. _scan.Measures.Select(measure => measure.Type.Kind)];
        _keys = [.. _scan.Measures.Select(measure => measure.Key)];
        _contributions = new UnitContributions(_layout, rowByRow ? (int)Math.Min(rows, RowsExpectedMax) : 0);
        _codes = Array.ConvertAll([.. _scan.DimensionTypes], type => new KeyNumbers(type));
        _units = new KeyNumbers(product.Unit?.Type ?? new ColumnType { Kind = TypeKind.Int });
        for (var i = 0; i < _codes.Length; i++)
        {
            foreach (var label in _labels[i])
            {
                _codes[i].Add(TableLabels.KeyOf(label, product.Columns[design.Dimensions[i]]));
            }
        }

        _code = new int[_codes.Length];
        for (var i = 0; known is not null && i < _code.Length; i++)
        {
            foreach (var label in known.Dimensions[i].Labels)
            {
                if (_codes[i].Add(TableLabels.KeyOf(label, product.Columns[design.Dimensions[i]])))
                {
                    _labels[i].Add(label);
                }
            }
        }
    }

    /// <summary>The contents of one version under a design.</summary>
    /// <exception cref="ExchangeException"><c>TABLE_FAILED</c>, or whatever stops the engine.</exception>
    public static Task<UnitContributions> CollectAsync(Product product, TableDesign design, IQueryEngine engine, DatasetSource source, CancellationToken cancellationToken) =>
        CollectAsync(product, design, null, engine, [(source, null)], cancellationToken);

    /// <summary>Rows for a table there is, from several sources, of each only the combinations (a text per dimension) that it is asked for; no combination of two.</summary>
    /// <exception cref="ExchangeException"><c>TABLE_FAILED</c>, or whatever stops the engine.</exception>
    public static async Task<UnitContributions> CollectAsync(
        Product product, TableDesign design, SafeTable? known, IQueryEngine engine, IReadOnlyList<(DatasetSource Source, Func<string?[], bool>? Takes)> sources, CancellationToken cancellationToken)
    {
        try
        {
            var contents = new TableContents(product, design, known, sources.All(source => RowByRow(product, design, source.Source)), sources.Count == 1 ? sources[0].Source.RowCount : 0);
            await contents.CollectAsync(engine, sources, cancellationToken).ConfigureAwait(false);
            return contents._contributions;
        }
        catch (Exception error) when (error is ArgumentException or OverflowException)
        {
            throw Failed(error);
        }
    }

    // Where rows are units there is a record for each in any case.
    private static bool RowByRow(Product product, TableDesign design, DatasetSource source) =>
        product.Unit is null || (source.RowsPerUnitMax <= RowsOfUnitMax && Fits(design, source.RowCount));

    private static bool Fits(TableDesign design, long rows) => rows * (design.Measures.Count + 1) <= ValuesMax;

    /// <summary>What rows were and are, with one numbering of units: row by row, or where units have many by unit and combination of values.</summary>
    /// <exception cref="ExchangeException"><c>TABLE_FAILED</c>, or whatever stops the engine.</exception>
    public static async Task<RowDifference> CompareAsync(
        Product product, TableDesign design, SafeTable known, IQueryEngine engine, IReadOnlyList<(DatasetSource Source, Func<string?[], bool>? Takes)> before,
        IReadOnlyList<(DatasetSource Source, Func<string?[], bool>? Takes)> after, CancellationToken cancellationToken)
    {
        try
        {
            var all = before.Concat(after).Select(source => source.Source).ToList();
            var rowByRow = all.TrueForAll(source => RowByRow(product, design, source)) && (product.Unit is null || Fits(design, all.Sum(source => source.RowCount)));
            var contents = new TableContents(product, design, known, rowByRow, all.Sum(source => source.RowCount));
            await contents.CollectAsync(engine, before, cancellationToken).ConfigureAwait(false);
            var count = contents._contributions.Count;
            await contents.CollectAsync(engine, after, cancellationToken).ConfigureAwait(false);
            return RowDifference.Of(contents._contributions, count);
        }
        catch (Exception error) when (error is ArgumentException or OverflowException)
        {
            throw Failed(error);
        }
    }

    private async Task CollectAsync(IQueryEngine engine, IReadOnlyList<(DatasetSource Source, Func<string?[], bool>? Takes)> sources, CancellationToken cancellationToken)
    {
        foreach (var (source, takes) in sources)
        {
            _takes = takes;
            await engine.VisitAsync(_scan.Fragment, source, Take, cancellationToken).ConfigureAwait(false);
        }
    }

    private static ExchangeException Failed(Exception error) => new(
        Reasons.TableFailed, "The dataset cannot be made a safe table of: a value lies outside its declared bounds or is too large to be summed exactly.",
        "Publish the dataset again, checked against its product, or offer fewer measures.", error);

    private void Take(VisitedCell cell)
    {
        for (var i = 0; i < _code.Length; i++)
        {
            _code[i] = _codes[i].NumberOf(cell, i, out var known);
            if (!known)
            {
                _labels[i].Add(_codes[i].TextOf(cell, i));
            }
        }

        if (_takes?.Invoke([.. _code.Select((code, i) => _labels[i][code])]) == false)
        {
            return;
        }

        var rows = checked((int)cell.StateAt(0).Count);
        // Rows without an identifier are one unit.
        var unit = _scan.RowsAreUnits ? 0 : _units.NumberOf(cell, _code.Length, out _);
        if (!_scan.ValuesAreKeys)
        {
            _contributions.Add(_code, unit, rows);
            for (var i = 0; i < _scan.Measures.Count; i++)
            {
                Set(i, cell);
            }

            return;
        }

        for (var row = 0; row < rows; row++)
        {
            _contributions.Add(_code, _scan.RowsAreUnits ? _contributions.Count : unit);
            for (var i = 0; i < _kinds.Length; i++)
            {
                SetRow(i, cell);
            }
        }
    }

    private void Set(int measure, VisitedCell cell)
    {
        var (scanned, layout) = (_scan.Measures[measure], _layout.Measures[measure]);
        var sum = cell.StateAt(scanned.Sum);
        if (sum.Count == 0)
        {
            return;
        }

        if (layout.Scale is null)
        {
            _contributions.Set(measure, new MeasureContribution
            {
                Values = checked((int)sum.Count),
                Sum = sum.X,
                Gross = scanned.Gross < 0 ? Math.Abs(sum.X) : cell.StateAt(scanned.Gross).X,
                FromNearest = Math.Abs(sum.X - (sum.Count * layout.NearestToZero)),
                Squares = scanned.Squares < 0 ? 0.0 : cell.StateAt(scanned.Squares).X,
                Least = cell.StateAt(scanned.Least).X,
                Greatest = cell.StateAt(scanned.Greatest).X,
            }, BinsOf(scanned, layout, cell));
            return;
        }

        _contributions.Set(measure, new MeasureContribution
        {
            Values = checked((int)sum.Count),
            Sum = sum.Exact,
            Gross = scanned.Gross < 0 ? Int128.Abs(sum.Exact) : cell.StateAt(scanned.Gross).Exact,
            FromNearest = Int128.Abs(sum.Exact - checked(sum.Count * layout.NearestToZeroUnscaled)),
            Squares = scanned.Squares < 0 ? 0 : cell.StateAt(scanned.Squares).Exact,
            Least = cell.StateAt(scanned.Least).Exact,
            Greatest = cell.StateAt(scanned.Greatest).Exact,
        }, BinsOf(scanned, layout, cell));
    }

    private static BinCount[] BinsOf(ScannedMeasure scanned, MeasureLayout layout, VisitedCell cell) =>
        scanned.Bins < 0 ? [] : [.. cell.StateAt(scanned.Bins).Bins!.Select(bin => new BinCount(layout.BinOf(bin.Low), checked((int)bin.Count)))];

    private void SetRow(int measure, VisitedCell cell)
    {
        var key = _keys[measure];
        if (cell.IsNull(key))
        {
            return;
        }

        switch (_kinds[measure])
        {
            case TypeKind.Double:
                _contributions.SetRow(measure, cell.DoubleAt(key));
                break;
            case TypeKind.Decimal:
                SetDecimal(_layout.Measures[measure], measure, cell.TextAt(key));
                break;
            default:
                _contributions.SetRow(measure, cell.WholeAt(key));
                break;
        }
    }

    private void SetDecimal(MeasureLayout layout, int measure, string plain) => _contributions.Set(
        measure, MeasureContribution.OfRow(layout, Unscaled(plain, layout.Scale ?? 0)),
        layout.Step is null ? [] : [new BinCount(layout.BinOf(double.Parse(plain, CultureInfo.InvariantCulture)), 1)]);

    private static Int128 Unscaled(string plain, int scale)
    {
        var point = plain.IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? plain : plain.Remove(point, 1);
        var missing = scale - (point < 0 ? 0 : plain.Length - point - 1);
        return Int128.Parse(digits + new string('0', missing), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }
}
