namespace Exchange.Query.Rules;

/// <summary>How far the values of rows lie apart.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviations">Σ(x − mean)², or less by a rounding.</param>
public readonly record struct RowSpread(double Mean, double Deviations);
