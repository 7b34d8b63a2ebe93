namespace Exchange.Privacy.SafeTables;

/// <summary>A sum of a measure: an unscaled whole number where the measure is an int or decimal, a double where it is one.</summary>
public readonly record struct Amount
{
    private Amount(bool floating, Int128 exact, double value) => (IsFloating, Exact, Floating) = (floating, exact, value);

    /// <summary>Which of the two it is.</summary>
    public bool IsFloating { get; }

    /// <summary>The unscaled number; 0 for doubles.</summary>
    public Int128 Exact { get; }

    /// <summary>The double; 0 for exact numbers.</summary>
    public double Floating { get; }

    /// <summary>An exact amount.</summary>
    public static implicit operator Amount(long value) => new(false, value, 0);

    /// <summary>An exact amount.</summary>
    public static implicit operator Amount(Int128 value) => new(false, value, 0);

    /// <summary>An amount of a double measure; a negative zero becomes zero.</summary>
    public static implicit operator Amount(double value) => new(true, 0, value + 0.0);

    /// <summary>The number itself, for an exact amount divided by its scale and rounded once.</summary>
    public double ToDouble(int? scale) => IsFloating ? Floating : FixedPoint.Divide((System.Numerics.BigInteger)Exact, System.Numerics.BigInteger.Pow(10, scale ?? 0));

    internal static Amount Add(Amount one, Amount other) => one.IsFloating ? one.Floating + other.Floating : checked(one.Exact + other.Exact);
}
