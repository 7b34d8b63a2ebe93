using System.Globalization;
using Exchange.Node.Catalog;
using Exchange.Node.Queries;
using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Query.Products;
using Google.Protobuf;
using Grpc.Core;

namespace Exchange.Node.SafeTables;

/// <summary>The owner's workbench for safe tables.</summary>
internal sealed class TableService(SafeTableStore tables, DatasetStore datasets, SafeTableDesk desk, TableWarnings warnings, ProductLookup products)
    : Protocol.Owner.V1.TableService.TableServiceBase
{
    /// <inheritdoc/>
    public override async Task<GetTableResponse> GetTable(GetTableRequest request, ServerCallContext context)
    {
        var product = await products.FindAsync(request.Product, context.CancellationToken).ConfigureAwait(false);
        var source = datasets.Current(product.Id);
        var live = (source is null ? null : tables.Find(product.Id, source))
            ?? throw Reasons.TableAbsent.Because($"There is no safe table over the dataset of {product.Id}.", "Set an offer with `release: table`, or see what it would hold with `exchange dataset table try`.");
        var report = ReportOf(live, product, withBlocks: true);
        report.WaitingRows = await desk.CountWaitingAsync(product, live, source!, context.CancellationToken).ConfigureAwait(false);
        return new GetTableResponse { Table = report };
    }

    /// <inheritdoc/>
    public override async Task<TryTableResponse> TryTable(TryTableRequest request, ServerCallContext context)
    {
        var product = await products.FindAsync(request.Product, context.CancellationToken).ConfigureAwait(false);
        var rules = request.Rules is null ? null : OfferRules.CompleteForTable(request.Rules);
        var tried = await desk.TryAsync(product, request.Order, rules, context.CancellationToken).ConfigureAwait(false);
        var report = ReportOf(tried, product, withBlocks: false);
        report.Notes.Add(warnings.Of(product, tried));
        return new TryTableResponse { Table = report };
    }

    private static TableReport ReportOf(LiveTable live, Product product, bool withBlocks)
    {
        var table = live.Table;
        var report = new TableReport
        {
            Product = product.Id,
            Revision = live.Revision,
            DatasetVersion = live.DatasetVersion,
            Commitment = live.Revision == 0 ? ByteString.Empty : ByteString.CopyFrom(live.Commitment),
            Dimensions = { live.Design.Dimensions },
            Measures = { live.Design.Measures },
            Rules = RulesOf(table.Rules),
        };
        var withheld = WithheldReport.Of(table);
        report.Withheld.Add(withheld.Single.Concat(withheld.Pairs).Select(share => new WithheldBy
        {
            Dimensions = { share.Dimensions.Select(position => table.Dimensions[position].Name) },
            Counts = share.Counts,
            Values = { share.Values },
        }));
        foreach (var part in withBlocks ? [table, .. live.Segments.Select(segment => segment.Table)] : Array.Empty<SafeTable>())
        {
            report.Blocks.Add(part.CountBlocks.Select(block => new TableBlock
            {
                Description = { Described(block.Description, part, product) },
                UnitsLeast = block.UnitsLeast,
                UnitsMost = block.UnitsMost,
            }));
            report.Figures.Add(part.Layers.SelectMany(layer => layer.Blocks.Select(block => FiguresOf(layer, block, part, product))));
        }

        return report;
    }

    private static FigureBlock FiguresOf(ValueLayer layer, ValueBlock block, SafeTable table, Product product) => new()
    {
        Description = { Described(block.Description, table, product) },
        Rows = block.Rows ?? -1,
        Members = { block.Members },
        Figures =
        {
            layer.Measures.Select((measure, i) => block.Figures?[i] is { } figures
                ? new TableFigure
                {
                    Measure = table.Measures[measure].Name,
                    Values = figures.Values,
                    Sum = Plain(figures.Sum, table.Measures[measure].Scale),
                    Squares = figures.SquaredDeviations is not null,
                    BinEdges = { figures.Histogram?.Edges ?? [] },
                    BinCounts = { figures.Histogram?.Counts ?? [] },
                }
                : new TableFigure { Measure = table.Measures[measure].Name }),
        },
        CrossProducts =
        {
            layer.Pairs.Where((_, i) => block.CrossDeviations[i] is not null)
                .Select(pair => $"{table.Measures[table.Pairs[pair].First].Name} * {table.Measures[table.Pairs[pair].Second].Name}"),
        },
    };

    private static string Plain(Amount amount, int? scale)
    {
        if (amount.IsFloating)
        {
            return amount.Floating.ToString("R", CultureInfo.InvariantCulture);
        }

        var digits = Int128.Abs(amount.Exact).ToString(CultureInfo.InvariantCulture).PadLeft((scale ?? 0) + 1, '0');
        var text = scale > 0 ? digits.Insert(digits.Length - scale.Value, ".") : digits;
        return amount.Exact < 0 ? "-" + text : text;
    }

    private static IEnumerable<string> Described(IReadOnlyList<int> description, SafeTable table, Product product) => description.Select((code, position) =>
        code < 0 ? "*" : TableLabels.Shown(table.Dimensions[position].Labels[code], product.Columns[table.Dimensions[position].Name]));

    private static Disclosure RulesOf(TableRules rules) => new()
    {
        MinUnits = rules.MinUnits,
        DominanceN = rules.DominanceUnits,
        DominancePercent = (double)rules.DominancePercent,
        PPercent = (double)rules.PPercent,
        Coalition = rules.Coalition,
        MinSpread = rules.MinSpread,
        RoundTo = rules.RoundTo,
    };
}
