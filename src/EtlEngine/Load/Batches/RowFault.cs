namespace EtlTools.Engine.Load;

/// <summary>Why the target does not take a row.</summary>
/// <param name="Code">One of <see cref="Records.ErrorCodes"/>.</param>
/// <param name="Message">What is wrong; no value of a field.</param>
/// <param name="Column">The column at fault, if one is.</param>
internal sealed record RowFault(string Code, string Message, string? Column = null)
{
    /// <summary>A row that the user wants to leave out, which is not an error.</summary>
    public static RowFault LeaveOut { get; } = new("", "");
}
