namespace Exchange.Client.Files;

/// <summary>The words of enumerations as people write and read them: <c>checked</c> for <c>ReleaseClass.Checked</c>. "Unspecified" is no word.</summary>
public static class Words
{
    /// <summary>The word of a value; empty for an unspecified one.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum
    {
        var name = value.ToString();
        return name == "Unspecified" ? "" : name.ToLowerInvariant();
    }

    /// <summary>Every word.</summary>
    public static IReadOnlyList<string> All<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(Of).Where(word => word.Length > 0)];

    /// <summary>The value of a word, exactly spelt.</summary>
    public static bool TryParse<T>(string word, out T value)
        where T : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<T>())
        {
            if (word.Length > 0 && Of(candidate) == word)
            {
                value = candidate;
                return true;
            }
        }

        value = default;
        return false;
    }
}
