using EtlTools.Engine.Extract.Api;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the usual content types.</summary>
internal sealed class ContentTypeCompleter() : NameCompleter([ApiBody.Json, ApiBody.Form, "text/plain"]);
