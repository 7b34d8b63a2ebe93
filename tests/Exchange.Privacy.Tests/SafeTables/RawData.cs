using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

/// <summary>Rows as an engine would sum them, one record per atom and unit.</summary>
internal static class RawData
{
    /// <summary>A layout whose dimensions have the labels that occur.</summary>
    public static TableLayout Layout(IReadOnlyList<RawRow> rows, MeasureLayout[] measures, int dimensions, bool unitIsRow = false, int sensitive = 0, bool closed = false) =>
        new(
            [.. Enumerable.Range(0, dimensions).Select(dimension => new DimensionLayout(
                $"d{dimension}",
                [.. rows.Select(row => row.Dimensions[dimension]).Distinct()],
                closed,
                dimension >= dimensions - sensitive))],
            measures)
        {
            UnitIsRow = unitIsRow,
        };

    public static UnitContributions Contributions(TableLayout layout, IReadOnlyList<RawRow> rows)
    {
        var data = new UnitContributions(layout);
        Fill(data, layout, rows);
        return data;
    }

    /// <summary>What a correction changed, row by row or by unit and atom.</summary>
    public static RowDifference Difference(TableLayout layout, IReadOnlyList<RawRow> before, IReadOnlyList<RawRow> after, bool byRow = false)
    {
        var data = new UnitContributions(layout);
        Action<UnitContributions, TableLayout, IReadOnlyList<RawRow>> fill = byRow ? FillRows : Fill;
        fill(data, layout, before);
        var count = data.Count;
        fill(data, layout, after);
        return RowDifference.Of(data, count);
    }

    private static void Fill(UnitContributions data, TableLayout layout, IReadOnlyList<RawRow> rows)
    {
        var first = data.Count;
        var labels = layout.Dimensions.Select(dimension => dimension.Labels.Select((label, code) => (label, code)).ToDictionary(pair => pair.label ?? "\0", pair => pair.code)).ToArray();
        var groups = rows.Select((row, number) => (Row: row, Number: number))
            .GroupBy(pair => (string.Join('|', pair.Row.Dimensions.Select(label => label ?? "\0")), layout.UnitIsRow ? first + pair.Number : pair.Row.Unit is { } unit ? unit + 1 : 0));
        foreach (var group in groups)
        {
            RawRow[] own = [.. group.Select(pair => pair.Row)];
            data.Add([.. own[0].Dimensions.Select((label, dimension) => labels[dimension][label ?? "\0"])], group.Key.Item2, own.Length);
            for (var measure = 0; measure < layout.Measures.Count; measure++)
            {
                long[] values = [.. own.Select(row => row.Measures[measure]).OfType<long>()];
                if (values.Length > 0)
                {
                    Set(data, layout.Measures[measure], measure, values);
                }
            }
        }
    }

    /// <summary>The same rows, each a record of its own.</summary>
    public static UnitContributions RowByRow(TableLayout layout, IReadOnlyList<RawRow> rows)
    {
        var data = new UnitContributions(layout);
        FillRows(data, layout, rows);
        return data;
    }

    private static void FillRows(UnitContributions data, TableLayout layout, IReadOnlyList<RawRow> rows)
    {
        foreach (var row in rows)
        {
            data.Add([.. row.Dimensions.Select((label, dimension) => layout.Dimensions[dimension].Labels.ToList().IndexOf(label))], row.Unit + 1 ?? 0);
            for (var measure = 0; measure < layout.Measures.Count; measure++)
            {
                if (row.Measures[measure] is { } value && layout.Measures[measure].Scale is null)
                {
                    data.SetRow(measure, (double)value);
                }
                else if (row.Measures[measure] is { } whole)
                {
                    data.SetRow(measure, whole);
                }
            }
        }
    }

    private static void Set(UnitContributions data, MeasureLayout layout, int measure, long[] values)
    {
        MeasureContribution[] parts = layout.Scale is null
            ? [.. values.Select(value => MeasureContribution.OfRow(layout, (double)value))]
            : [.. values.Select(value => MeasureContribution.OfRow(layout, (Int128)value))];
        Amount Total(Func<MeasureContribution, Amount> of) => layout.Scale is null
            ? (Amount)parts.Sum(part => of(part).Floating)
            : parts.Select(part => of(part).Exact).Aggregate((one, other) => one + other);
        Amount least = layout.Scale is null ? (Amount)(double)values.Min() : values.Min();
        Amount greatest = layout.Scale is null ? (Amount)(double)values.Max() : values.Max();
        BinCount[] bins = layout.Step is null ? [] : [.. values.GroupBy(value => layout.BinOf(value)).Select(bin => new BinCount(bin.Key, bin.Count()))];
        data.Set(measure, new MeasureContribution
        {
            Values = values.Length,
            Sum = Total(part => part.Sum),
            Gross = Total(part => part.Gross),
            FromNearest = Total(part => part.FromNearest),
            Squares = Total(part => part.Squares),
            Least = least,
            Greatest = greatest,
        }, bins);
    }
}
