using Exchange.Node.Catalog;
using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Products;
using Interval = Exchange.Protocol.Catalog.V1.Interval;

namespace Exchange.Node.SafeTables;

/// <summary>
/// Which dimensions, in order of importance, and which measures a dataset's table has. Made from the offers there are when it is first
/// built, and fixed with it: a table with more would be a second one over the same rows. Stored as JSON.
/// </summary>
/// <param name="Dimensions">Names, the most important first, sensitive ones last.</param>
/// <param name="Measures">Names of stored and derived measures that leave.</param>
/// <param name="Squares">Those of them whose sums of squares leave too.</param>
internal sealed record TableDesign(IReadOnlyList<string> Dimensions, IReadOnlyList<string> Measures, IReadOnlyList<string> Squares)
{
    private const int ClosedValuesMax = 1_000;

    /// <summary>The measures whose histograms leave too. Empty in designs of versions without them.</summary>
    public IReadOnlyList<string> Histograms { get; init; } = [];

    /// <summary>The pairs of measures, two names each, whose cross products leave too. As <see cref="Histograms"/>.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Pairs { get; init; } = [];

    /// <summary>The table that serves all of these offers.</summary>
    public static TableDesign Of(Product product, IReadOnlyCollection<OfferTerms> offers)
    {
        var uses = offers.Select(terms => OfferColumns.UsesOf(terms, product)).ToList();
        bool Allows(Column column, params ReadOnlySpan<ColumnUse> any)
        {
            foreach (var use in any)
            {
                if (uses.Exists(offer => offer.TryGetValue(column.Name, out var allowed) && allowed.Contains(use)))
                {
                    return true;
                }
            }

            return false;
        }

        var dimensions = InOrder(product).Where(column => column.Role == ColumnRole.Dimension && Allows(column, ColumnUse.Group, ColumnUse.Filter)).ToList();
        var measures = product.Columns.Values.Where(column => column.Role == ColumnRole.Measure && Allows(column, ColumnUse.Count, ColumnUse.Sum, ColumnUse.Quantile, ColumnUse.Range)).ToList();
        return new TableDesign(
            [.. dimensions.OrderBy(column => column.Definition!.Sensitive).Select(column => column.Name)],
            [.. measures.Select(column => column.Name)],
            [.. measures.Where(column => Allows(column, ColumnUse.Variance, ColumnUse.Corr)).Select(column => column.Name)])
        {
            Histograms = [.. measures.Where(column => ValueGrid.Of(column) is not null && Allows(column, ColumnUse.Quantile, ColumnUse.Range)).Select(column => column.Name)],
            Pairs =
            [
                .. product.Definition.Pairs.Select(pair => pair.Columns).Where(pair => pair[0] != pair[1] && pair.All(name => Allows(product.Columns[name], ColumnUse.Corr)))
                    .Select(pair => (IReadOnlyList<string>)[.. pair.Order(StringComparer.Ordinal)]).DistinctBy(pair => (pair[0], pair[1])),
            ],
        };
    }

    /// <summary>The same table with its dimensions in another order; those that are not named follow.</summary>
    public TableDesign Ordered(IReadOnlyList<string> order) => this with { Dimensions = [.. order, .. Dimensions.Except(order)] };

    /// <summary>The strictest rules of any of the offers.</summary>
    public static TableRules RulesOf(IEnumerable<OfferTerms> offers) => TableRules.StrictestOf([.. offers.Select(terms => RulesOf(terms.Disclosure))]);

    /// <summary>An offer's disclosure rules as a table has them.</summary>
    public static TableRules RulesOf(Disclosure rules) => new()
    {
        MinUnits = rules.MinUnits,
        DominanceUnits = rules.DominanceN,
        DominancePercent = (decimal)rules.DominancePercent,
        PPercent = (decimal)rules.PPercent,
        Coalition = rules.Coalition,
        MinSpread = rules.MinSpread,
        RoundTo = rules.RoundTo,
    };

    /// <summary>What the engine is asked, and what the builder is told of it. Labels of open dimensions are added as they are met.</summary>
    public (TableScan Scan, TableLayout Layout, List<List<string?>> Labels) Plan(Product product, bool rowByRow = false)
    {
        var requests = new List<MeasureRequest>();
        var layouts = new List<Func<ColumnType, MeasureLayout>>();
        void Add(Expression expression, Interval? bounds, Func<MeasureLayout, MeasureLayout> complete, bool squares, ValueGrid? grid = null)
        {
            requests.Add(new MeasureRequest(expression, squares, OneSided: bounds is { Low: >= 0 } or { High: <= 0 }, grid));
            layouts.Add(type => complete(new MeasureLayout
            {
                Name = "",
                Scale = type.Kind == TypeKind.Double ? null : type.Kind == TypeKind.Decimal ? type.Scale : 0,
                Low = bounds?.Low,
                High = bounds?.High,
            }));
        }

        var layers = LayersOf(product);
        foreach (var column in Measures.Select(name => product.Columns[name]))
        {
            Add(new Expression { Column = column.Name }, column.Bounds, layout => layout with
            {
                Name = column.Name,
                ZeroHarmless = column.Definition?.ZeroHarmless ?? false,
                YesNo = column is { Type.Kind: TypeKind.Int, Bounds: { Low: 0, High: 1 } },
                Squares = Squares.Contains(column.Name),
                Step = Histograms.Contains(column.Name) ? column.Definition!.Step : null,
                Layer = layers[column.Name],
            }, Squares.Contains(column.Name), Histograms.Contains(column.Name) ? ValueGrid.Of(column) : null);
        }

        foreach (var (one, other) in Differences(product, layers))
        {
            var bounds = one.Bounds is null || other.Bounds is null ? null
                : new Interval { Low = one.Bounds.Low - other.Bounds.High, High = one.Bounds.High - other.Bounds.Low };
            var difference = new Call { Operator = Operator.Subtract, Arguments = { new Expression { Column = one.Name }, new Expression { Column = other.Name } } };
            Add(new Expression { Call = difference }, bounds, layout => layout with
            {
                Name = $"{one.Name} - {other.Name}",
                Use = MeasureUse.Checked,
                Layer = layers[one.Name],
            }, squares: false);
        }

        var pairs = new List<PairLayout>();
        foreach (var (one, other) in Pairs.Select(pair => (product.Columns[pair[0]], product.Columns[pair[1]])).Where(pair => layers[pair.Item1.Name] == layers[pair.Item2.Name]))
        {
            pairs.Add(new PairLayout(Measures.ToList().IndexOf(one.Name), Measures.ToList().IndexOf(other.Name), requests.Count));
            Add(CrossProduct.Of(one, other), CrossProduct.BoundsOf(one, other), layout => layout with
            {
                Name = $"{one.Name} * {other.Name}",
                Use = MeasureUse.Product,
                Layer = layers[one.Name],
            }, squares: false);
        }

        var scan = new TableScan(product, Dimensions, requests, rowByRow);
        var labels = Dimensions.Select(name => LabelsOf(product.Columns[name])).ToList();
        var layout = new TableLayout(
            [.. Dimensions.Select((name, i) => new DimensionLayout(name, labels[i], IsClosed(product.Columns[name]), product.Columns[name].Definition!.Sensitive))],
            [.. layouts.Select((make, i) => make(scan.Measures[i].Type))],
            pairs)
        {
            UnitIsRow = scan.RowsAreUnits,
        };
        return (scan, layout, labels);
    }

    // Rule 7: the difference of two measures in one unit of measure can be computed from both (gross minus net).
    private IEnumerable<(Column One, Column Other)> Differences(Product product, Dictionary<string, int> layers)
    {
        var measured = Measures.Select(name => product.Columns[name]).Select(column => (Column: column, In: MeasuredIn(column, product))).Where(pair => pair.In.Length > 0).ToList();
        return
            from i in Enumerable.Range(0, measured.Count)
            from j in Enumerable.Range(i + 1, measured.Count - i - 1)
            where measured[i].In == measured[j].In && layers[measured[i].Column.Name] == layers[measured[j].Column.Name]
            select (measured[i].Column, measured[j].Column);
    }

    /// <summary>
    /// The unit of measure of a column; of a derived one that which its columns share, where it adds and subtracts them or scales them by
    /// constants. Empty where it has none.
    /// </summary>
    private static string MeasuredIn(Column column, Product product)
    {
        if (column.Derived is null)
        {
            return column.Definition?.MeasuredIn ?? "";
        }

        var units = TermsOf(column.Derived).Select(name => name is null ? "" : MeasuredIn(product.Columns[name], product)).Distinct().ToList();
        return units.Count == 1 ? units[0] : "";
    }

    /// <summary>Columns that an expression is a sum of, with null for a term that is none.</summary>
    private static IEnumerable<string?> TermsOf(Expression expression) => expression switch
    {
        { KindCase: Expression.KindOneofCase.Column } => [expression.Column],
        { KindCase: Expression.KindOneofCase.Literal } => [],
        { KindCase: Expression.KindOneofCase.Call, Call: { Operator: Operator.Add or Operator.Subtract or Operator.Negate } sum } => sum.Arguments.SelectMany(TermsOf),
        { KindCase: Expression.KindOneofCase.Call, Call: { Operator: Operator.Multiply or Operator.Divide } scaled }
            when scaled.Arguments.Skip(scaled.Operator == Operator.Divide ? 1 : 0).Any(argument => argument.KindCase == Expression.KindOneofCase.Literal) =>
            scaled.Arguments.SelectMany(TermsOf),
        _ => [null],
    };

    /// <summary>One layer for all, but for groups that the product declares; numbered from 0 without gaps.</summary>
    private Dictionary<string, int> LayersOf(Product product)
    {
        int GroupOf(string name)
        {
            for (var i = 0; i < product.Definition.Groups.Count; i++)
            {
                if (product.Definition.Groups[i].Columns.Contains(name))
                {
                    return i;
                }
            }

            return product.Definition.Groups.Count;
        }

        var used = Measures.Select(GroupOf).Distinct().Order().ToList();
        return Measures.ToDictionary(name => name, name => used.IndexOf(GroupOf(name)));
    }

    private static IEnumerable<Column> InOrder(Product product) => product.Definition.Columns.Select(column => product.Columns[column.Name]);

    private static bool IsClosed(Column column) => ClosedKeys(column) is not null;

    private static List<string?> LabelsOf(Column column) =>
        ClosedKeys(column) is not { } keys ? [] : [.. keys.Select(TableLabels.TextOf), .. column.Required ? Array.Empty<string?>() : [null]];

    /// <summary>Every key there can be but NULL, or null where the product does not say.</summary>
    private static IEnumerable<object>? ClosedKeys(Column column) => column switch
    {
        { Cuts.Count: > 0 } => Enumerable.Range(0, column.Cuts.Count + 1).Select(bucket => (object)(long)bucket),
        { Type.Kind: TypeKind.Bool } => [0L, 1L],
        { Type.Kind: TypeKind.String, Definition.Domain.Count: > 0 } => column.Definition.Domain,
        { Type.Kind: TypeKind.Int, Definition.Range: { } range } when range.High - range.Low < ClosedValuesMax =>
            Enumerable.Range(0, (int)(Math.Floor(range.High) - Math.Ceiling(range.Low)) + 1).Select(step => (object)((long)Math.Ceiling(range.Low) + step)),
        _ => null,
    };
}
