using System.Globalization;
using EtlTools.Engine;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Reads what -ResumeFrom and -StopAt take: watermarks, a byte offset, or nothing.</summary>
internal static class BoundArguments
{
    public static SourceBounds Read(object?[]? argument, string parameter)
    {
        var watermarks = new List<Watermark>();
        long? offset = null;
        foreach (object given in (argument ?? []).Select(ValueUnwrapper.Unwrap).OfType<object>())
        {
            if (given is EtlWatermark watermark)
                watermarks.Add(watermark.Watermark);
            else if (offset is null && long.TryParse(Convert.ToString(given, CultureInfo.InvariantCulture), NumberStyles.None, CultureInfo.InvariantCulture, out long bytes))
                offset = bytes;
            else
                throw Refused($"-{parameter} takes watermarks, as Get-EtlWatermark gives them, or one byte offset of 0 or more; not a {given.GetType().Name} such as this.");
        }
        return offset is not null && watermarks.Count > 0
            ? throw Refused($"-{parameter} takes watermarks or a byte offset, not both.")
            : new SourceBounds { Watermarks = watermarks, ByteOffset = offset };
    }

    private static EtlException Refused(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);
}
