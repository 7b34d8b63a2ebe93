using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Merging;
using Exchange.Query.Products;

namespace Exchange.Query.Compilation;

/// <summary>The last stage of a query at the asker's side.</summary>
internal sealed class PlannedQuery : CompiledQuery
{
    private readonly LogicalPlan _plan;

    public PlannedQuery(LogicalPlan plan)
    {
        _plan = plan;
        Columns = plan.Query.Outputs.Select(output => (output.Name, Intervals.ShownType(output.Expression))).ToList();
    }

    public override Product Product => _plan.Query.Product;

    public override Fragment Fragment => _plan.Fragment;

    public override bool GroupsByParticipant => _plan.KeySources.Contains(-1);

    public override IReadOnlyList<(string Name, ColumnType Type)> Columns { get; }

    public override JointResult Merge(IReadOnlyList<ParticipantCells> parts) => new JointMerge(_plan).Run(parts);

    public override string Explain()
    {
        var query = _plan.Query;
        var lines = new List<string> { $"product {Product.Id}", "ask every owner:" };
        AddIf(lines, query.Where is not null, () => $"  where {BoundText.Of(query.Where!)}");
        var keys = query.Keys.Where(key => key is not BoundParticipant).Select(BoundText.Of).ToList();
        AddIf(lines, keys.Count > 0, () => $"  group by {string.Join(", ", keys)}");
        lines.AddRange(_plan.StateTexts.Select(state => "  compute " + state));
        lines.Add($"merge by {(query.Keys.Count == 0 ? "nothing: one row" : string.Join(", ", query.Keys.Select(BoundText.Of)))}");
        AddIf(lines, query.Having is not null, () => $"having {BoundText.Of(query.Having!)}");
        lines.AddRange(query.Outputs.Zip(Columns, (output, column) =>
            $"show {BoundText.Name(column.Name)} {TypeWords.Of(column.Type)} = {BoundText.Of(output.Expression)}"));
        lines.AddRange(query.OrderBy.Select(order =>
            $"order by {BoundText.Of(order.Expression)} {(order.Descending ? "desc" : "asc")} nulls {(order.NullsFirst ? "first" : "last")}"));
        AddIf(lines, query.Limit is not null, () => $"limit {query.Limit}");
        AddIf(lines, query.Offset > 0, () => $"offset {query.Offset}");
        return string.Join('\n', lines);
    }

    private static void AddIf(List<string> lines, bool condition, Func<string> line)
    {
        if (condition)
        {
            lines.Add(line());
        }
    }
}
