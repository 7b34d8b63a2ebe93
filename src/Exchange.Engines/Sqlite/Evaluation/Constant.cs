using Exchange.Protocol.Catalog.V1;

namespace Exchange.Engines.Sqlite.Evaluation;

/// <summary>A constant; without a value, NULL.</summary>
internal sealed class Constant : Scalar
{
    private readonly bool _present;
    private readonly long _whole;
    private readonly double _real;
    private readonly Int128 _exact;
    private readonly string _text = "";

    private Constant(TypeKind kind, int scale, object? value)
        : base(kind, scale)
    {
        _present = value is not null;
        _whole = value is long whole ? whole : 0;
        _exact = value is Int128 exact ? exact : _whole;
        _real = value is double real ? real : Decimals.ToDouble(_exact, scale);
        _text = value as string ?? "";
    }

    /// <summary>A value that may stand for any type, since it is NULL.</summary>
    public static Constant Null(TypeKind kind, int scale = 0) => new(kind, scale, null);

    public static Constant Of(TypeKind kind, object value, int scale = 0) => new(kind, scale, value);

    public bool IsAlwaysNull => !_present;

    public override bool TryWhole(out long value)
    {
        value = _whole;
        return _present;
    }

    public override bool TryExact(out Int128 value)
    {
        value = _exact;
        return _present;
    }

    public override bool TryReal(out double value)
    {
        value = _real;
        return _present;
    }

    public override bool TryText(out string value)
    {
        value = _text;
        return _present;
    }
}
