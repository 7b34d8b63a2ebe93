using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;

namespace Exchange.Engines.DuckDb;

/// <summary>The row at which the rows of a fragment's first statement stand, as a cell; of a fragment that is visited row by row, a row of the data.</summary>
internal sealed class DuckDbCell(DuckDbRows rows, FragmentSql sql, ApprovedFragment fragment) : VisitedCell
{
    private readonly TypeKind[] _kinds = [.. fragment.Keys.Select(key => key.Type.Kind)];

    public override bool IsNull(int key) => rows.IsNull(key);

    public override long WholeAt(int key) => _kinds[key] switch
    {
        TypeKind.Bool => rows.GetBoolean(key) ? 1L : 0L,
        TypeKind.Date => rows.GetDays(key),
        TypeKind.Timestamp => rows.GetMicroseconds(key),
        _ => rows.GetInt64(key),
    };

    public override double DoubleAt(int key) => rows.GetDouble(key) is var number && number == 0 ? 0.0 : number;

    public override string TextAt(int key) => rows.GetString(key);

    public override PartialState StateAt(int aggregate) => fragment.RowByRow ? new PartialState(1) : DuckDbEngine.ReadState(rows, sql.States[aggregate]);
}
