namespace Exchange.Query.Expressions;

/// <summary>Names of columns and tables in sentences.</summary>
internal static class Naming
{
    private const int ShownCharactersMax = 64;

    /// <summary>The name in quotes, cut to a bound and without control characters: it may come from a peer.</summary>
    public static string Quote(string name)
    {
        var shown = name.Length <= ShownCharactersMax ? name : name[..ShownCharactersMax] + "…";
        return $"\"{string.Concat(shown.Select(character => char.IsControl(character) ? '?' : character))}\"";
    }
}
