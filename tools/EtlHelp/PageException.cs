using System.Globalization;

namespace EtlTools.Help;

/// <summary>A page that breaks the structure.</summary>
internal sealed class PageException(string file, int line, string message)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"{file}{(line > 0 ? $":{line}" : "")}: {message}"));
