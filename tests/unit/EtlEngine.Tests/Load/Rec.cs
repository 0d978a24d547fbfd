using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

/// <summary>Short ways to records.</summary>
internal static class Rec
{
    /// <summary>A record of these columns and values, one after the other.</summary>
    public static Record Of(params object?[] namesAndValues)
    {
        string[] names = [.. namesAndValues.Where((_, i) => i % 2 == 0).Cast<string>()];
        return new Record(new Schema(names), [.. namesAndValues.Where((_, i) => i % 2 == 1)]);
    }

    /// <summary>A record that failed in an earlier stage.</summary>
    public static Record Failed(params object?[] namesAndValues) => Of(namesAndValues).Fail(
        new RecordError { Code = ErrorCodes.ConversionFailed, Message = "a column", Stage = "Import-EtlCsv", FailedIn = new object() });
}
