using System.Globalization;

namespace Exchange.Privacy.Noise;

/// <summary>
/// An amount of zCDP as a whole number of millionths of a millionth, so that what was spent adds up exactly in any order and a budget
/// for ten answers answers exactly ten.
/// </summary>
/// <param name="Units">Of 1e-12; zero or more.</param>
public readonly record struct Rho(long Units) : IComparable<Rho>
{
    private const long UnitsPerOne = 1_000_000_000_000;

    /// <summary>Largest amount, far beyond any that protects.</summary>
    public const double Max = 1000;

    /// <summary>Nothing.</summary>
    public static Rho Zero => new(0);

    /// <summary>A limit: rounded down.</summary>
    public static Rho Limit(double rho) => Of(rho, Math.Floor);

    /// <summary>A charge: rounded up.</summary>
    public static Rho Charge(double rho) => Of(rho, Math.Ceiling);

    /// <summary>The nearest double, for what is shown.</summary>
    public double Value => (double)Units / UnitsPerOne;

    /// <summary>Exactly.</summary>
    public Fraction Exact => new(Units, UnitsPerOne);

    /// <summary>The sum.</summary>
    public static Rho operator +(Rho one, Rho other) => new(checked(one.Units + other.Units));

    /// <summary>The difference; zero where the other is larger.</summary>
    public static Rho operator -(Rho one, Rho other) => new(Math.Max(0, one.Units - other.Units));

    /// <inheritdoc/>
    public static bool operator <(Rho one, Rho other) => one.Units < other.Units;

    /// <inheritdoc/>
    public static bool operator >(Rho one, Rho other) => one.Units > other.Units;

    /// <inheritdoc/>
    public static bool operator <=(Rho one, Rho other) => one.Units <= other.Units;

    /// <inheritdoc/>
    public static bool operator >=(Rho one, Rho other) => one.Units >= other.Units;

    /// <inheritdoc/>
    public int CompareTo(Rho other) => Units.CompareTo(other.Units);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("R", CultureInfo.InvariantCulture);

    // Of the decimal digits that a person wrote: 0.1 is 100,000,000,000 units, whatever the double nearest to it.
    private static Rho Of(double rho, Func<decimal, decimal> round) =>
        rho is >= 0 and <= Max ? new Rho((long)round((decimal)rho * UnitsPerOne)) : throw new ArgumentOutOfRangeException(nameof(rho), $"ρ must be 0 to {Max}.");
}
