namespace Exchange.Query.Rules;

/// <summary>How much larger and smaller the sum over one atom may be.</summary>
/// <param name="Up">At least 0, or infinite.</param>
/// <param name="Down">At least 0, or infinite.</param>
public readonly record struct AtomRoom(double Up, double Down);
