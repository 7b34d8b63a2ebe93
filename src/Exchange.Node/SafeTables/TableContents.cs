using System.Globalization;
using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Node.SafeTables;

/// <summary>Collects, in one grouped scan of the engine, what every unit has in every combination of dimension values.</summary>
internal sealed class TableContents
{
    private readonly TableScan _scan;
    private readonly TableLayout _layout;
    private readonly List<List<string?>> _labels;
    private readonly Dictionary<object, int>[] _codes;
    private readonly int[] _code;
    private readonly Dictionary<object, int> _units = [];
    private readonly UnitContributions _contributions;
    private Func<string?[], bool>? _takes;
    private int _unitOfNull = -1;

    private TableContents(Product product, TableDesign design, SafeTable? known)
    {
        (_scan, _layout, _labels) = design.Plan(product);
        _contributions = new UnitContributions(_layout);
        _codes = [.. _labels.Select((labels, i) =>
        {
            var column = product.Columns[design.Dimensions[i]];
            return labels.Select((label, code) => (Key: TableLabels.KeyOf(label, column) ?? DBNull.Value, code)).ToDictionary(pair => pair.Key, pair => pair.code);
        })];
        _code = new int[_codes.Length];
        for (var i = 0; known is not null && i < _code.Length; i++)
        {
            foreach (var label in known.Dimensions[i].Labels)
            {
                CodeOf(i, TableLabels.KeyOf(label, product.Columns[design.Dimensions[i]]));
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
            var contents = new TableContents(product, design, known);
            foreach (var (source, takes) in sources)
            {
                contents._takes = takes;
                await engine.VisitAsync(contents._scan.Fragment, source, contents.Take, cancellationToken).ConfigureAwait(false);
            }

            return contents._contributions;
        }
        catch (Exception error) when (error is ArgumentException or OverflowException)
        {
            throw new ExchangeException(
                Reasons.TableFailed, "The dataset cannot be made a safe table of: a value lies outside its declared bounds or is too large to be summed exactly.",
                "Publish the dataset again, checked against its product, or offer fewer measures.", error);
        }
    }

    private void Take(RawCell cell)
    {
        for (var i = 0; i < _code.Length; i++)
        {
            _code[i] = CodeOf(i, cell.Key[i]);
        }

        if (_takes?.Invoke([.. _code.Select((code, i) => _labels[i][code])]) == false)
        {
            return;
        }

        var rows = checked((int)cell.States[0].Count);
        if (!_scan.RowsAreUnits)
        {
            _contributions.Add(_code, UnitOf(cell.Key[_code.Length]), rows);
            for (var i = 0; i < _scan.Measures.Count; i++)
            {
                Set(i, cell.States);
            }

            return;
        }

        for (var row = 0; row < rows; row++)
        {
            _contributions.Add(_code, _contributions.Count);
            for (var i = 0; i < _scan.Measures.Count; i++)
            {
                SetRow(i, cell.Key[_scan.Measures[i].Key]);
            }
        }
    }

    private int CodeOf(int dimension, object? key)
    {
        if (!_codes[dimension].TryGetValue(key ?? DBNull.Value, out var code))
        {
            code = _labels[dimension].Count;
            _labels[dimension].Add(key is null ? null : TableLabels.TextOf(key));
            _codes[dimension].Add(key ?? DBNull.Value, code);
        }

        return code;
    }

    private int UnitOf(object? unit)
    {
        if (unit is null)
        {
            return _unitOfNull < 0 ? _unitOfNull = _units.Count + 1 : _unitOfNull;
        }

        if (!_units.TryGetValue(unit, out var number))
        {
            number = _units.Count + (_unitOfNull < 0 ? 0 : 2);
            _units.Add(unit, number);
        }

        return number;
    }

    private void Set(int measure, PartialState[] states)
    {
        var (scanned, layout) = (_scan.Measures[measure], _layout.Measures[measure]);
        var sum = states[scanned.Sum];
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
                Gross = scanned.Gross < 0 ? Math.Abs(sum.X) : states[scanned.Gross].X,
                FromNearest = Math.Abs(sum.X - (sum.Count * layout.NearestToZero)),
                Squares = scanned.Squares < 0 ? 0.0 : states[scanned.Squares].X,
                Least = states[scanned.Least].X,
                Greatest = states[scanned.Greatest].X,
            }, BinsOf(scanned, layout, states));
            return;
        }

        _contributions.Set(measure, new MeasureContribution
        {
            Values = checked((int)sum.Count),
            Sum = sum.Exact,
            Gross = scanned.Gross < 0 ? Int128.Abs(sum.Exact) : states[scanned.Gross].Exact,
            FromNearest = Int128.Abs(sum.Exact - checked(sum.Count * layout.NearestToZeroUnscaled)),
            Squares = scanned.Squares < 0 ? 0 : states[scanned.Squares].Exact,
            Least = states[scanned.Least].Exact,
            Greatest = states[scanned.Greatest].Exact,
        }, BinsOf(scanned, layout, states));
    }

    private static BinCount[] BinsOf(ScannedMeasure scanned, MeasureLayout layout, PartialState[] states) =>
        scanned.Bins < 0 ? [] : [.. states[scanned.Bins].Bins!.Select(bin => new BinCount(layout.BinOf(bin.Low), checked((int)bin.Count)))];

    private void SetRow(int measure, object? value)
    {
        var layout = _layout.Measures[measure];
        if (value is double number)
        {
            _contributions.Set(measure, MeasureContribution.OfRow(layout, number), BinOf(layout, number));
        }
        else if (value is not null)
        {
            _contributions.Set(
                measure, MeasureContribution.OfRow(layout, value is long whole ? whole : Unscaled((string)value, layout.Scale ?? 0)),
                BinOf(layout, value is long ? (long)value : double.Parse((string)value, CultureInfo.InvariantCulture)));
        }
    }

    private static BinCount[] BinOf(MeasureLayout layout, double value) => layout.Step is null ? [] : [new BinCount(layout.BinOf(value), 1)];

    private static Int128 Unscaled(string plain, int scale)
    {
        var point = plain.IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? plain : plain.Remove(point, 1);
        var missing = scale - (point < 0 ? 0 : plain.Length - point - 1);
        return Int128.Parse(digits + new string('0', missing), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }
}
