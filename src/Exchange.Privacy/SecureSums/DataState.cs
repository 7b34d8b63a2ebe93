namespace Exchange.Privacy.SecureSums;

/// <summary>Whether exact sums hold a participant's data. Noisy ones, and those over tables, do not matter here.</summary>
public enum DataState : byte
{
    /// <summary>One does; or whether any does is not asked.</summary>
    Same = 0,

    /// <summary>None does, and none may.</summary>
    New = 1,

    /// <summary>One may, that it knows no more of: its values left, and it did not give what opens that sum.</summary>
    Unsure = 2,
}
