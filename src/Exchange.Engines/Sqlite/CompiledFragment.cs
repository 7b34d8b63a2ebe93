using Exchange.Engines.Publishing;
using Exchange.Engines.Sqlite.Evaluation;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;

namespace Exchange.Engines.Sqlite;

/// <summary>A fragment ready to be computed over the rows of a scan. Serves one query: its fields read from one scan at a time.</summary>
internal sealed class CompiledFragment
{
    private readonly Dictionary<string, StoredField> _fields = new(StringComparer.Ordinal);
    private readonly ScalarCompiler _compiler;

    public CompiledFragment(ApprovedFragment fragment, bool attached)
    {
        var stored = StoredColumn.Of(fragment.Product).ToDictionary(column => column.Name, StringComparer.Ordinal);
        StoredField Field(string name)
        {
            if (!_fields.TryGetValue(name, out var field))
            {
                _fields.Add(name, field = new StoredField(stored[name], attached));
            }

            return field;
        }

        _compiler = new ScalarCompiler(fragment.Product, Field, new Overflow(isNull: fragment.Bounds is not null));
        Keys = [.. fragment.Keys.Select(key => _compiler.CompileWhole(key.Expression))];
        Where = Optional(fragment.Where);
        Supports = [.. fragment.Supports.Select(Optional)];
        Contributions = [.. fragment.Contributions.Select(contribution => contribution.SumOf >= 0 ? null
            : new CompiledContribution(Supports[contribution.Support], ProductOf(contribution.Factors)))];
        Aggregates = [.. fragment.Aggregates.Select(aggregate => new CompiledAggregate(
            aggregate.Kind, Optional(aggregate.Argument), Optional(aggregate.SecondArgument), Optional(aggregate.Filter), aggregate.ShiftX, aggregate.ShiftY,
            aggregate.ArgumentType?.Scale ?? 0, aggregate.Grid, aggregate.Integers))];
        Unit = fragment.Product.Unit is null ? null : Field(fragment.Product.Unit.SourceName);
    }

    public Scalar[] Keys { get; }

    public CompiledAggregate[] Aggregates { get; }

    public Scalar? Where { get; }

    public Scalar?[] Supports { get; }

    /// <summary>Null for one that the state of an aggregate tells.</summary>
    public CompiledContribution?[] Contributions { get; }

    /// <summary>Null when each row is its own unit.</summary>
    public Scalar? Unit { get; }

    /// <summary>Compiles a further expression over the same row, before the next scan begins.</summary>
    public Scalar? Optional(Expression? expression) => expression is null ? null : _compiler.CompileWhole(expression);

    /// <summary>Compiles a product over the same row, before the next scan begins.</summary>
    public RealProduct ProductOf(IReadOnlyList<Expression> factors) => new([.. factors.Select(RealOf)]);

    private RealValue RealOf(Expression value)
    {
        if (value is not { Call: { Operator: Operator.Add or Operator.Subtract } sum })
        {
            return _compiler.CompileWhole(value).TryReal;
        }

        var (first, second, sign) = (RealOf(sum.Arguments[0]), RealOf(sum.Arguments[1]), sum.Operator == Operator.Add ? 1 : -1);
        return (out double total) =>
        {
            var present = first(out var one) & second(out var other);
            total = one + (sign * other);
            return present;
        };
    }

    /// <summary>Scans the columns in use.</summary>
    public SqliteScan Scan(SqliteTable table)
    {
        var fields = _fields.Values.ToList();
        var scan = table.Scan([.. fields.Select(field => field.Name)]);
        for (var index = 0; index < fields.Count; index++)
        {
            fields[index].ReadFrom(scan, index);
        }

        return scan;
    }

    /// <summary>Fills in the key of the current row.</summary>
    public void ReadKey(GroupKey key)
    {
        for (var index = 0; index < Keys.Length; index++)
        {
            key.Parts[index] = KeyPart.Of(Keys[index]);
        }
    }
}

/// <summary>A value that is added up, and the rows that count.</summary>
internal sealed record CompiledContribution(Scalar? Condition, RealProduct Value);
