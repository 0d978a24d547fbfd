using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Completes the codes of failed records.</summary>
internal sealed class ErrorCodeCompleter() : NameCompleter(ErrorCodes.All);
